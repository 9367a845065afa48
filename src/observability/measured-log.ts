import type { EventLog } from '../ports/event-log.ts'
import type { Passage } from './event-passage.ts'
import type { Metrics } from './metrics.ts'

type LogMeasures = Pick<Metrics, 'appendedEvents' | 'commitSize'>

/** Counts what this process appended, once the log has it. */
export const measuredLog = <Log extends Pick<EventLog, 'append'>>(
  log: Log,
  metrics: LogMeasures,
  passage: Passage,
): Log => ({
  ...log,
  append: async (stream, events, expected) => {
    const appended = await log.append(stream, events, expected)
    metrics.appendedEvents.inc(events.length)
    metrics.commitSize.observe(events.length)
    const passing = events.map(({ at }, index) => ({ stream, revision: appended.firstRevision + index, at }))
    passage('appended', passing)
    return appended
  },
})

interface FollowedLog {
  head(): Promise<bigint>
  onHead(listener: (head: bigint) => void): () => void
}

/** Counts events and commits from the log's report after each commit. */
export const observeLog = async (log: FollowedLog, metrics: LogMeasures): Promise<void> => {
  let before = await log.head()
  log.onHead((head) => {
    metrics.appendedEvents.inc(Number(head - before))
    metrics.commitSize.observe(Number(head - before))
    before = head
  })
}
