import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from './engine.ts'

const readyWithinMs = 120_000

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).split('\n')[0] ?? ''

/**
 * Waits until the engine answers as it would to a client; resolves with its version. Rejects when `alive` says that it has ended, or after
 * two minutes; `where` tells an operator where to look then.
 */
export const untilReady = async (
  engine: Engine,
  url: string,
  alive: () => boolean,
  where: () => string,
): Promise<string> => {
  const giveUpAt = Date.now() + readyWithinMs
  for (;;) {
    try {
      return await engine.probe(url)
    } catch (error) {
      if (!alive()) throw new Error(`it ended while starting: ${where()}`)
      if (Date.now() > giveUpAt)
        throw new Error(`not ready within ${readyWithinMs / 1000} s: ${messageOf(error)} (${where()})`)
      await sleep(200)
    }
  }
}
