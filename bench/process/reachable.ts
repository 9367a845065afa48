import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `url` answers 2xx. */
export const reachable = async (url: string, timeoutMs = 120_000): Promise<void> => {
  const end = performance.now() + timeoutMs
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    if (performance.now() > end) throw new Error(`${url} does not answer`)
    await sleep(50)
  }
}
