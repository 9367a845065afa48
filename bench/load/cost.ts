/** What an operation took: milliseconds by the clock, and of CPU over all threads of this process. */
export interface Cost {
  readonly ms: number
  readonly cpuMs: number
}

/** `count`: operations that `run` makes; the cost is that of one. */
export const costOf = async <Result>(
  run: () => Promise<Result>,
  count = 1,
): Promise<{ readonly cost: Cost; readonly result: Result }> => {
  const [start, before] = [performance.now(), process.cpuUsage()]
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  return { cost: { ms: (performance.now() - start) / count, cpuMs: (user + system) / 1000 / count }, result }
}
