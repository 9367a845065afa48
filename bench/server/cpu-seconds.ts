/** CPU time of a process so far, seconds, as its /metrics say. */
export const cpuSecondsOf = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1] ?? 0)
}
