import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../ports/errors/log-error.ts'
import type { EventLog, RecordedEvent } from '../../ports/event-log.ts'
import { createTurns } from '../../runtime/keyed-queue.ts'
import type { BodySeal } from './body-seal.ts'

export interface SealedLogDeps {
  readonly log: EventLog
  readonly seal: BodySeal
  /** Keys could not be fetched while a subscription delivers: it is tried again. */
  readonly onError: (error: unknown) => void
}

const retryMs = 1_000

/**
 * A log whose stored bodies are sealed, each under keys that are kept elsewhere and can be destroyed. Everything
 * else is the log's own. Older events are read as they are.
 */
export const createSealedLog = ({ log, seal, onError }: SealedLogDeps): EventLog => {
  const turns = createTurns()
  const closing = new AbortController()

  const openPatiently = async (events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
    for (;;) {
      try {
        return await seal.open(events)
      } catch (error) {
        if (closing.signal.aborted) throw error
        onError(error)
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  return {
    ...log,
    sealed: { stored: log, open: async (events) => seal.open(events) },
    readStream: async (slice) => {
      const events = await log.readStream(slice)
      return slice.withoutBodies === true ? events : seal.open(events)
    },
    readAll: async (after, limit) => seal.open(await log.readAll(after, limit)),
    subscribe: (after, handler, options) =>
      log.subscribe(after, async (events) => handler(await openPatiently(events)), options),
    append: async (stream, events, expected) => {
      if (closing.signal.aborted) throw new LogError('log_unavailable', 'The log is closed')
      // In the order of the calls, even where one of them has to wait for keys.
      const { appending } = await turns.run(stream, async () => {
        const sealed = seal.seal(stream, events, expected === 'no_stream' ? 0 : expected + 1)
        return { appending: log.append(stream, sealed instanceof Promise ? await sealed : sealed, expected) }
      })
      return appending
    },
    close: async () => {
      closing.abort()
      await turns.idle()
      await log.close()
    },
  }
}
