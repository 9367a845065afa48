import { expiredBefore } from '../../domain/conversation/expiry.ts'
import { isExpiring } from '../../domain/event-types.ts'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'
import type { ConversationDocument } from '../documents.ts'

/**
 * The one filter that every event passes before it is served from history. A deleted message has no body any more
 * when it comes here (see `withheld-bodies.ts`). Bodies are withheld here of messages that have expired or are
 * older than the conversation's retention, and of everything that refers to them. Metadata is never touched, so
 * revisions have no gaps.
 */
export interface Redaction {
  /** Null when nothing is to be filtered: the conversation has always kept its messages for ever. */
  of(stream: string, conversation: Expiring): StreamRedaction | null
}

/** What has expired in a conversation, and what will. */
export type Expiring = Pick<ConversationDocument, 'retentionSeconds' | 'expiredUpTo'>

export type StreamRedaction = (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>

export interface RedactionDeps {
  readonly log: Pick<EventReader, 'readStream'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

const expires = ({ body, type }: RecordedEvent): boolean => body !== null && isExpiring(type)

const blank = (event: RecordedEvent): RecordedEvent => ({ ...event, body: null })

const applied = async (
  filters: readonly StreamRedaction[],
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> => {
  let left = events
  for (const filter of filters) left = await filter(left)
  return left
}

const notExpired =
  (upTo: number): StreamRedaction =>
  async (events) =>
    events.map((event) =>
      expires(event) && Math.min(event.revision, event.target ?? event.revision) <= upTo ? blank(event) : event,
    )

export const createRedaction = ({ log, now }: RedactionDeps): Redaction => {
  /** When the event at `revision` happened. It never changes, so it is read once. */
  const timeOf = async (stream: string, revision: number): Promise<number> => {
    const [event] = await log.readStream({ stream, from: revision, limit: 1, withoutBodies: true })
    return event === undefined ? Number.NEGATIVE_INFINITY : event.at
  }

  const olderThan = (stream: string, retentionSeconds: number): StreamRedaction => {
    const times = new Map<number, Promise<number>>()
    const timeOnce = (revision: number): Promise<number> => {
      const known = times.get(revision) ?? timeOf(stream, revision)
      times.set(revision, known)
      return known
    }
    const expired = async (event: RecordedEvent): Promise<boolean> => {
      const before = expiredBefore(retentionSeconds, now())
      if (event.at < before) return true
      return event.target !== undefined && (await timeOnce(event.target)) < before
    }
    const filter = async (event: RecordedEvent): Promise<RecordedEvent> =>
      expires(event) && (await expired(event)) ? blank(event) : event
    return (events) => Promise.all(events.map(filter))
  }

  return {
    of: (stream, { retentionSeconds, expiredUpTo }) => {
      const filters = [
        ...(expiredUpTo >= 0 ? [notExpired(expiredUpTo)] : []),
        ...(retentionSeconds === null ? [] : [olderThan(stream, retentionSeconds)]),
      ]
      return filters.length === 0 ? null : (events) => applied(filters, events)
    },
  }
}
