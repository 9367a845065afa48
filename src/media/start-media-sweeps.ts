import type { Logger } from 'pino'
import { startGuardedSweeps } from '../runtime/guarded-sweeps.ts'
import { type SweepMediaDeps, sweepMedia } from './sweep-media.ts'

/** Sweeps every ten minutes. `stop` waits for the sweep in progress. */
export const startMediaSweeps = (deps: SweepMediaDeps, logger: Pick<Logger, 'info' | 'error'>) =>
  startGuardedSweeps({
    everyMs: 600_000,
    sweep: () => sweepMedia(deps),
    date: deps.now,
    onRemoved: (removed) => logger.info({ removed }, 'removed uploaded files that nobody may read any more'),
    onError: (err) => logger.error({ err }, 'the sweep of uploaded files failed and will be tried again'),
  })
