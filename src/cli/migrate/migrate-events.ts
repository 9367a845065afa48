import type { EventLogs } from '../../event-log/event-logs.ts'
import { LogError } from '../../ports/errors/log-error.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'
import { pagesOfLog, pagesOfLogs } from './migrate-pages.ts'

/** Revision of each stream's last event. */
export type Heads = ReadonlyMap<string, number>

/** Below what KurrentDB accepts in one append (1 MiB), whatever the characters are; one event may be larger. */
const largestAppend = { characters: 256 * 1024, events: 200 }

const sizeOf = ({ data, body }: RecordedEvent): number => data.length + (body?.length ?? 0)

/** Events of one stream that are adjacent in the log. */
const runsOf = (events: readonly RecordedEvent[]): readonly (readonly RecordedEvent[])[] => {
  const runs: RecordedEvent[][] = []
  let size = 0
  for (const event of events) {
    const run = runs.at(-1)
    const fits =
      run !== undefined && run.length < largestAppend.events && size + sizeOf(event) <= largestAppend.characters
    if (fits && run[0]?.stream === event.stream) {
      run.push(event)
      size += sizeOf(event)
    } else {
      runs.push([event])
      size = sizeOf(event)
    }
  }
  return runs
}

/**
 * What the target holds already, after a run that was cut short. Rejects with an `OperatorError` at the first event
 * that the source does not have: such a log belongs to another installation, or has gone on by itself.
 */
export const readHeads = async (
  source: EventReader,
  target: Pick<EventLogs, 'logs'>,
  onProgress: (events: number) => void,
): Promise<Heads> => {
  const heads = new Map<string, number>()
  let done = 0
  for await (const events of pagesOfLogs(target.logs)) {
    for (const { stream, revision, id } of events) {
      const [same] = await source.readStream({ stream, from: revision, limit: 1 })
      if (same?.id !== id)
        throw new OperatorError(
          `BACKSCROLL_KURRENTDB_URL: the event log holds revision ${revision} of ${stream}, which the data directory does not have: it is another installation's or was used since; name an empty one`,
        )
      heads.set(stream, revision)
    }
    done += events.length
    onProgress(done)
  }
  return heads
}

const advice = (error: unknown, [first]: readonly RecordedEvent[]): unknown => {
  if (!(error instanceof LogError)) return error
  const place = `${first?.stream} at revision ${first?.revision}`
  const texts: Readonly<Record<LogError['code'], string>> = {
    wrong_expected_revision: `somebody else writes to ${place}: stop the cluster's processes and run this again`,
    event_too_large: `it does not take ${place}: raise its MaxAppendSize and run this again, it goes on from there`,
    log_full: 'it is full: make room and run this again, it goes on from there',
    log_damaged: error.message,
    stream_closed: `${place} cannot be appended, somebody has ended its stream there: begin with an empty log`,
    log_unavailable: `${error.message}; run this again, it goes on from there`,
  }
  return new OperatorError(`BACKSCROLL_KURRENTDB_URL: ${texts[error.code]}`, { cause: error })
}

const appendRun = async (target: Pick<EventLogs, 'append'>, run: readonly RecordedEvent[]): Promise<void> => {
  const [first] = run
  if (first === undefined) return
  const events = run.map(({ stream: _, revision: __, position: ___, ...event }) => event)
  try {
    await target.append(first.stream, events, first.revision === 0 ? 'no_stream' : first.revision - 1)
  } catch (error) {
    throw advice(error, run)
  }
}

/**
 * Appends what the target lacks, each event at its own revision. A stream keeps the order of the source. Over all
 * streams the order is kept from page to page; within a page the appends are in flight together. Returns how many
 * events were appended.
 */
export const copyEvents = async (
  source: EventReader,
  target: Pick<EventLogs, 'append'>,
  heads: Heads,
  onProgress: (events: number) => void,
): Promise<number> => {
  let [seen, copied] = [0, 0]
  for await (const events of pagesOfLog(source)) {
    const missing = events.filter(({ stream, revision }) => revision > (heads.get(stream) ?? -1))
    await Promise.all(runsOf(missing).map((run) => appendRun(target, run)))
    seen += events.length
    copied += missing.length
    onProgress(seen)
  }
  return copied
}
