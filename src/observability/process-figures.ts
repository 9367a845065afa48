import type { Gauge } from '@prometheus-io/client'
import type { ProcessReport } from '../ports/processes.ts'
import type { Metrics } from './metrics.ts'

const readGauge = async (gauge: Pick<Gauge, 'get'>): Promise<number> => (await gauge.get()).values[0]?.value ?? 0

/** How much this process has to do now. */
export const reportOf = async (
  metrics: Metrics,
  processId = 'this',
  roles: readonly string[] = [],
): Promise<ProcessReport> => ({
  processId,
  roles,
  connections: await readGauge(metrics.connections),
  transfers: await readGauge(metrics.mediaTransfers),
  waitingReads: await readGauge(metrics.waitingReads),
  unreadBytes: await readGauge(metrics.unreadBytes),
})
