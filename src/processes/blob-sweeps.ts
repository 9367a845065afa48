import type { Logger } from 'pino'
import { type SweepBlobsDeps, sweepBlobs } from '../commands/sweep-blobs.ts'
import { createDateGuard } from '../runtime/date-guard.ts'

const everyMs = 3_600_000

/** Sweeps once an hour. `stop` waits for the sweep in progress. */
export const startSweeps = (deps: SweepBlobsDeps, logger: Logger) => {
  const guard = createDateGuard({ date: deps.now, elapsed: () => performance.now() })
  let running: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    // If the date were a day ahead, a blob that an event is about to name would seem to have waited for a day.
    if (!guard.isSure()) return
    try {
      const removed = await sweepBlobs(deps)
      if (removed > 0) logger.info({ removed }, 'blobs that nothing names were removed')
    } catch (error) {
      logger.error({ err: error }, 'the sweep of blobs failed and will be tried again')
    }
  }
  const timer = setInterval(() => {
    running = running.then(sweep)
  }, everyMs).unref()
  return {
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await running
    },
  }
}
