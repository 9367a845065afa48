import { LogError } from '../../ports/errors/log-error.ts'
import type { EventLog, Position } from '../../ports/event-log.ts'
import type { Heads } from '../event-logs.ts'

export interface LogHeads {
  /** See `EventLogs.heads`. */
  read(): Promise<Heads>
  /**
   * Indexes of the logs that did not answer when they were last asked. Asks them again, at most three times while
   * a caller waits.
   */
  silent(): readonly number[]
}

interface Ask {
  /** Undefined when it does not answer in time. */
  head(): Promise<Position | undefined>
  /** Like `head`, but also waits for a log that was silent. */
  headAfterAll(): Promise<Position | undefined>
  isSilent(): boolean
}

const createAsk = (log: Pick<EventLog, 'head'>, patienceMs: number): Ask => {
  let silent = false
  let probe: Promise<Position | undefined> | undefined
  let probedAt = Number.NEGATIVE_INFINITY

  /** Answers even when nobody waits any more. */
  const ask = (): Promise<Position | undefined> =>
    log.head().then(
      (head) => {
        silent = false
        return head
      },
      () => {
        silent = true
        return undefined
      },
    )

  const probing = (): Promise<Position | undefined> => {
    probedAt = performance.now()
    probe ??= ask().finally(() => {
      probe = undefined
    })
    return probe
  }

  const askAgain = (): void => {
    if (performance.now() - probedAt >= patienceMs / 3) void probing()
  }

  const inTime = async (answer: Promise<Position | undefined>): Promise<Position | undefined> => {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => {
      silent = true
      late.resolve(undefined)
    }, patienceMs)
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    head: async () => {
      if (!silent) return inTime(ask())
      askAgain()
      return undefined
    },
    headAfterAll: () => inTime(probing()),
    isSilent: () => {
      if (silent) askAgain()
      return silent
    },
  }
}

/**
 * Asks several logs for their heads. A caller that found a log silent once does not wait for it again until it has
 * answered, unless no other log answers: then nothing can go on meanwhile.
 */
export const createLogHeads = (logs: readonly Pick<EventLog, 'head'>[], patienceMs: number): LogHeads => {
  const asks = logs.map((log) => createAsk(log, patienceMs))
  return {
    read: async () => {
      const unasked = asks.filter((one) => one.isSilent())
      const heads = await Promise.all(asks.map((one) => one.head()))
      if (heads.some((head) => head !== undefined)) return heads
      const late = await Promise.all(asks.map((one) => (unasked.includes(one) ? one.headAfterAll() : undefined)))
      if (late.some((head) => head !== undefined)) return late
      throw new LogError('log_unavailable', 'None of the event logs answers')
    },
    silent: () => asks.flatMap((one, index) => (one.isSilent() ? [index] : [])),
  }
}
