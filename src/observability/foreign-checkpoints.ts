import type { Logger } from 'pino'
import type { Foreign } from '../event-log/checkpoint.ts'
import type { Metrics } from './metrics.ts'

const foreignLine =
  'a device has a checkpoint that this log cannot have given out: if it says the truth, the log is an older copy or has lost its end, and what was acknowledged after it is missing; it gets a snapshot. Restore the newest backup, or accept the loss: stop the server and run `backscroll renew-epoch`'

/** The shortest time between two log lines, in milliseconds: anybody can make a checkpoint up. */
const foreignEveryMs = 60_000

/** Counts checkpoints that this log cannot have issued, and says what they mean. */
export const reportForeign = (
  metrics: Pick<Metrics, 'foreignCheckpoints'>,
  logger: Logger,
  now: () => number = () => performance.now(),
): ((why: Foreign) => void) => {
  let saidAt = Number.NEGATIVE_INFINITY
  return (why) => {
    metrics.foreignCheckpoints.inc({ why })
    if (now() - saidAt < foreignEveryMs) return
    saidAt = now()
    logger.error({ why }, foreignLine)
  }
}
