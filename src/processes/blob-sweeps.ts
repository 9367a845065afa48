import type { Logger } from 'pino'
import { type SweepBlobsDeps, sweepBlobs } from '../commands/sweep-blobs.ts'
import { startGuardedSweeps } from '../runtime/guarded-sweeps.ts'

/** Sweeps once an hour. `stop` waits for the sweep in progress. */
export const startSweeps = (deps: SweepBlobsDeps, logger: Logger) =>
  startGuardedSweeps({
    everyMs: 3_600_000,
    sweep: () => sweepBlobs(deps),
    date: deps.now,
    onRemoved: (removed) => logger.info({ removed }, 'blobs that nothing names were removed'),
    onError: (err) => logger.error({ err }, 'the sweep of blobs failed and will be tried again'),
  })
