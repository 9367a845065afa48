import { logOfPartition, lowestByLog, type Partitioning } from '../../event-log/partitioning.ts'
import { type Positions, startOf } from '../../event-log/positions.ts'
import type { ServedView, StoppedStream, ViewsReport } from '../../projections/views-control.ts'

type Reports = ReadonlyMap<number, ViewsReport>

/** A mistake in a view can park every conversation. */
const mostShown = 100

const byPosition = (left: StoppedStream, right: StoppedStream): number => Number(left.position - right.position)

/** For each log the furthest position that one of its partitions was told. */
const headOf = (partitioning: Partitioning, reports: Reports): Positions => {
  const head = [...startOf(partitioning.logs)]
  for (const [partition, report] of reports) {
    const log = logOfPartition(partitioning, partition)
    const [own = 0n] = report.head
    if (own > (head[log] ?? 0n)) head[log] = own
  }
  return head
}

/** As far as all partitions are. Where they serve different generations, some of them are still switching. */
const viewOf = (partitioning: Partitioning, reports: Reports, view: string): ServedView => {
  const servedBy = (partition: number) => reports.get(partition)?.views.find((one) => one.view === view)
  const generations = new Set([...reports.keys()].flatMap((partition) => servedBy(partition)?.generation ?? []))
  return {
    view,
    generation: [...generations].sort().join(' and '),
    position: lowestByLog(partitioning, (partition) => servedBy(partition)?.position[0]),
  }
}

/** Joins what the partitions report about their views. */
export const mergeViewReports = (partitioning: Partitioning, reports: Reports): ViewsReport => {
  const all = [...reports.values()]
  const names = new Set(all.flatMap(({ views }) => views.map(({ view }) => view)))
  return {
    head: headOf(partitioning, reports),
    views: [...names].map((view) => viewOf(partitioning, reports, view)),
    rebuilding: [...new Set(all.flatMap(({ rebuilding }) => rebuilding))],
    parked: all
      .flatMap(({ parked }) => parked)
      .sort(byPosition)
      .slice(0, mostShown),
    parkedCount: all.reduce((sum, { parkedCount }) => sum + parkedCount, 0),
  }
}
