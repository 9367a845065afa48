import type { ExpectedRevision, NewEvent } from '../../../../ports/event-log.ts'
import type { Snapshot } from '../../../../ports/snapshot-store.ts'
import type { LogFinding } from '../integrity/finding.ts'

/**
 * What travels between the main thread and the writer: one flat array each way, because the structured clone of a flat
 * array is several times cheaper than that of objects.
 *
 * Request, for each append: stream, expectation, number of events, then the columns of each event. Request, for each
 * snapshot: stream, `SAVE`, revision, version, state. Answer: for each append `APPENDED, first revision, first
 * position` and the digest of each event, or `REPEATED, first revision, last position`, or `REFUSED, last revision`;
 * for each snapshot `SAVED`.
 */
export type Column = string | number | null
export type Request = Column[]
export type Answer = number[]

/** The whole batch failed and nothing of it is stored, unless `code` is `log_unavailable`: then that is unknown. */
export interface BatchFailure {
  readonly code: 'log_full' | 'log_unavailable' | 'log_damaged'
  readonly message: string
}

/** What the writer found without being asked: its file is damaged, or no longer where it was. */
export interface WriterFinding {
  readonly finding: LogFinding
}

/** An expectation as a number: a revision; -1 reads as "the last revision is -1". */
const NO_STREAM = -1
export const SAVE = -2

export const APPENDED = 0
export const REPEATED = 1
export const REFUSED = 2
export const SAVED = 3

export const EVENT_COLUMNS = 11

export const putAppend = (
  request: Request,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): void => {
  request.push(stream, expected === 'no_stream' ? NO_STREAM : expected, events.length)
  for (const { id, type, version, at, userId, deviceId, data, body, target, blanksTarget, blanksRange } of events) {
    request.push(id, type, version, at, userId, deviceId, data, body, target ?? null, blanksTarget === true ? 1 : 0)
    request.push(blanksRange === undefined ? null : JSON.stringify(blanksRange))
  }
}

export const putSnapshot = (request: Request, { stream, revision, version, state }: Snapshot): void => {
  request.push(stream, SAVE, revision, version, state)
}
