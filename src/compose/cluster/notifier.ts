import type { Metrics } from '../../observability/metrics.ts'
import { type Notifier, startNotifier } from '../../roles/notifier.ts'
import { type PartitionWorkParts, partitionWork } from './partition-work.ts'

export interface NotifierParts extends PartitionWorkParts {
  readonly metrics: Metrics
  failing(what: string): (error: unknown) => void
}

/** Who is away is told to come back. */
export const openNotifier = (parts: NotifierParts): Promise<Notifier> =>
  startNotifier({
    ...partitionWork(parts),
    push: parts.engines.push,
    graceMs: parts.config.cluster.pushGraceMs,
    now: Date.now,
    onError: parts.failing('the notifier'),
    onPushed: (notices) => parts.metrics.pushNotices.inc(notices.length),
  })
