import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../../ports/errors/log-error.ts'
import { finalError, reasonOf } from './failures.ts'

/** How long one attempt may take without an answer, and how long a call is tried again. Milliseconds. */
export interface Patience {
  readonly attemptMs: number
  readonly giveUpMs: number
}

/** How every call to the server is made: it has a time-out of its own and is repeated, so it must be one that may happen twice. */
export interface Calls extends Patience {
  /** Resolves with the first answer. Rejects with a final error, or with `log_unavailable` when time is up. */
  retry<Answer>(call: () => Promise<Answer>): Promise<Answer>
  /** Why the last call came to nothing; undefined once another one was answered. */
  trouble(): string | undefined
  /** No attempt begins any more: what still waits for one rejects with `log_unavailable`. */
  close(): void
}

/** Milliseconds before attempt `attempt` (from 1) is made again: doubled each time, with jitter. */
export const pauseBefore = (attempt: number): number => Math.min(20 * 2 ** attempt, 1000) * (0.5 + Math.random() / 2)

export const withTimeout = async <Answer>(answer: Promise<Answer>, ms: number): Promise<Answer> => {
  const timer = Promise.withResolvers<never>()
  const late = (): void => timer.reject(new Error(`No answer within ${ms} ms`))
  // After a stall of this process the time is over before the answers that have come meanwhile are read: they are first.
  const timeout = setTimeout(() => setImmediate(late), ms)
  try {
    return await Promise.race([answer, timer.promise])
  } finally {
    clearTimeout(timeout)
  }
}

export const createCalls = (patience: Patience): Calls => {
  let trouble: string | undefined
  let closed = false

  const retry = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const end = performance.now() + patience.giveUpMs
    for (let attempt = 1; ; attempt++) {
      if (closed) throw new LogError('log_unavailable', 'The log is closed')
      try {
        const answer = await call()
        trouble = undefined
        return answer
      } catch (error) {
        const final = finalError(error)
        if (final !== undefined) throw final
        const pause = pauseBefore(attempt)
        if (performance.now() + pause > end) {
          trouble = reasonOf(error)
          throw new LogError('log_unavailable', `The event log does not answer: ${trouble}`)
        }
        await sleep(pause)
      }
    }
  }
  return {
    ...patience,
    retry,
    trouble: () => trouble,
    close() {
      closed = true
    },
  }
}
