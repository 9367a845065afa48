import type { Logger } from 'pino'
import type { Metrics } from '../../observability/metrics.ts'
import { type Notifier, startNotifier } from '../../processes/push/push-notifier.ts'
import { type PartitionWorkParts, partitionWork } from './partition-work.ts'

export interface NotifierParts extends PartitionWorkParts {
  readonly metrics: Metrics
  readonly logger: Logger
  failing(what: string): (error: unknown) => void
}

const dropped =
  'the push service did not take notices, which were given up; others go on, and whoever is away finds the messages later'

/** Wakes users who are away. */
export const openNotifier = (parts: NotifierParts): Promise<Notifier> =>
  startNotifier({
    ...partitionWork(parts),
    push: parts.engines.push,
    graceMs: parts.config.cluster.pushGraceMs,
    now: Date.now,
    onError: parts.failing('the notifier'),
    onPushed: (notices) => parts.metrics.pushNotices.inc(notices.length),
    onDropped: (notices, err, isFirst) => {
      parts.metrics.droppedPushNotices.inc(notices.length)
      // Only the first failure of a series is logged. All are counted.
      if (isFirst) parts.logger.error({ err, notices: notices.length }, dropped)
    },
  })
