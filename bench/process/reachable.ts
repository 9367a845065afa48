import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `url`, of a server in `child`, answers 2xx. */
export const reachable = async (url: string, child: ChildProcess, timeoutMs = 120_000): Promise<void> => {
  const end = performance.now() + timeoutMs
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    if (child.exitCode !== null || performance.now() > end) throw new Error(`${url} does not answer`)
    await sleep(50)
  }
}
