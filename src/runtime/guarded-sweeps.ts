import { createDateGuard } from './date-guard.ts'

export interface GuardedSweepsDeps {
  readonly everyMs: number
  /** Resolves with the number of things that were removed. */
  readonly sweep: () => Promise<number>
  /** Milliseconds since the Unix epoch. */
  readonly date: () => number
  readonly onRemoved: (removed: number) => void
  /** A sweep failed. The next one comes in its turn. */
  readonly onError: (error: unknown) => void
}

/**
 * Sweeps again and again, one sweep at a time. `stop` waits for the sweep in progress. Nothing is swept while the date
 * is not sure: with a date one day ahead, what an event is about to name would look a day old.
 */
export const startGuardedSweeps = ({ everyMs, sweep, date, onRemoved, onError }: GuardedSweepsDeps) => {
  const guard = createDateGuard({ date, elapsed: () => performance.now() })
  let running: Promise<void> = Promise.resolve()
  const sweepOnce = async (): Promise<void> => {
    if (!guard.isSure()) return
    try {
      const removed = await sweep()
      if (removed > 0) onRemoved(removed)
    } catch (error) {
      onError(error)
    }
  }
  const timer = setInterval(() => {
    running = running.then(sweepOnce)
  }, everyMs).unref()
  return {
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await running
    },
  }
}
