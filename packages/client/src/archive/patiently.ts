import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'

export interface PatienceDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly isClosed: () => boolean
}

/** Repeats a step while its error is temporary and the client is open. */
export const createPatiently =
  ({ clock, random, isClosed }: PatienceDeps) =>
  async <Value>(step: () => Promise<Value>): Promise<Value> => {
    for (let attempt = 1; ; attempt += 1) {
      if (isClosed()) throw new BackscrollError('stopped')
      try {
        return await step()
      } catch (thrown) {
        if (thrown instanceof E2eeError) throw thrown
        const error = toBackscrollError(thrown)
        if (!error.temporary) throw error
        await sleep(clock, backoffMs(attempt, random(), error.retryAfterMs))
      }
    }
  }
