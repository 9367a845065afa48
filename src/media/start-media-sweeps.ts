import type { Logger } from 'pino'
import { createDateGuard } from '../runtime/date-guard.ts'
import { type SweepMediaDeps, sweepMedia } from './sweep-media.ts'

const everyMs = 600_000

/** Sweeps every ten minutes. `stop` waits for the sweep in progress. */
export const startMediaSweeps = (deps: SweepMediaDeps, logger: Pick<Logger, 'info' | 'error'>) => {
  const guard = createDateGuard({ date: deps.now, elapsed: () => performance.now() })
  let running: Promise<void> = Promise.resolve()
  const sweep = async (): Promise<void> => {
    // With a date one day ahead, files that a message is about to name would look a day old.
    if (!guard.isSure()) return
    try {
      const removed = await sweepMedia(deps)
      if (removed > 0) logger.info({ removed }, 'removed uploaded files that nobody may read any more')
    } catch (error) {
      logger.error({ err: error }, 'the sweep of uploaded files failed and will be tried again')
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
