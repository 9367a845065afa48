import { LogError } from '../../ports/errors/log-error.ts'
import type { ExpectedRevision, NewEvent } from '../../ports/event-log.ts'

/**
 * Limits that every log in this process keeps, so that another one can store what one has stored. In characters of
 * data and body together: a limit on one row, and on what one append can make a log hold.
 */
const MAX_EVENT = 1024 * 1024
export const MAX_APPEND = 16 * 1024 * 1024
const MAX_ID = 256

/** The names of an event's fields, its numbers, and what a log adds to it. */
const FIELDS = 256

/**
 * The most bytes that an event takes of an append, as long as its text is ASCII: cheap, and never less than a log
 * counts.
 */
export const sizeOfEvent = ({ id, type, userId, deviceId, data, body }: NewEvent): number =>
  FIELDS + id.length + 2 * type.length + userId.length + deviceId.length + data.length + (body?.length ?? 0)

/** Throws `event_too_large` for an event or append beyond the limits, RangeError for a number that cannot be a revision. */
export const checkAppend = (events: readonly NewEvent[], expected: ExpectedRevision): void => {
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= -1))
    throw new RangeError(`${expected} is not a revision`)
  let total = 0
  for (const event of events) total += checkEvent(event)
  if (total > MAX_APPEND) throw new LogError('event_too_large', `An append holds at most ${MAX_APPEND} characters`)
}

const checkEvent = ({ id, data, body }: NewEvent): number => {
  const size = data.length + (body === null ? 0 : body.length)
  if (size > MAX_EVENT) throw new LogError('event_too_large', `An event holds at most ${MAX_EVENT} characters`)
  if (id.length > MAX_ID) throw new LogError('event_too_large', `An event id has at most ${MAX_ID} characters`)
  return size
}
