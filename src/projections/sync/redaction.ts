import { expiredBefore, expiringTypes } from '../../domain/conversation/expiry.ts'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'
import type { ConversationDocument } from '../documents.ts'
import { revisionKey, type Views } from '../queries/views.ts'

/**
 * The one filter that every event passes before it is served from history. A deletion blanks bodies in the log itself, where the log can; otherwise it is
 * done here, as far as the views are. So it is with what has expired; and until then, of a message that is older than the conversation's retention, and of
 * everything that refers to it, the body is withheld. Never touches metadata, so revisions stay without holes.
 */
export interface Redaction {
  /** Null when nothing is to be filtered: the log blanks, and the conversation keeps its messages for ever. */
  of(stream: string, conversation: Expiring): StreamRedaction | null
}

/** What has expired of a conversation, and what does. */
export type Expiring = Pick<ConversationDocument, 'retentionSeconds' | 'expiredUpTo'>

export type StreamRedaction = (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>

export interface RedactionDeps {
  readonly log: Pick<EventReader, 'readStream' | 'keepsBodies'>
  readonly views: Pick<Views, 'byKeys'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

const expiring: ReadonlySet<string> = new Set(expiringTypes)
const expires = ({ body, type }: RecordedEvent): boolean => body !== null && expiring.has(type)

const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1)

const applied = async (
  filters: readonly StreamRedaction[],
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> => {
  let left = events
  for (const filter of filters) left = await filter(left)
  return left
}

const blank = (event: RecordedEvent): RecordedEvent => ({ ...event, body: null })

const notExpired =
  (upTo: number): StreamRedaction =>
  async (events) =>
    events.map((event) =>
      expires(event) && Math.min(event.revision, event.target ?? event.revision) <= upTo ? blank(event) : event,
    )

export const createRedaction = ({ log, views, now }: RedactionDeps): Redaction => {
  /** When the event at `revision` happened; it stands in the log for ever, so asking once is enough. */
  const timeOf = async (stream: string, revision: number): Promise<number> => {
    const [event] = await log.readStream({ stream, from: revision, limit: 1 })
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

  const notDeleted =
    (stream: string): StreamRedaction =>
    async (events) => {
      const id = idOf(stream)
      const keysOf = ({ target, revision }: RecordedEvent): readonly string[] =>
        [revision, ...(target === undefined ? [] : [target])].map((one) => revisionKey(id, one))
      const found = await views.byKeys('deletions', [...new Set(events.filter(expires).flatMap(keysOf))])
      if (found.size === 0) return events
      return events.map((event) =>
        expires(event) && keysOf(event).some((key) => found.has(key)) ? blank(event) : event,
      )
    }

  return {
    of: (stream, { retentionSeconds, expiredUpTo }) => {
      const filters = [
        ...(expiredUpTo >= 0 ? [notExpired(expiredUpTo)] : []),
        ...(log.keepsBodies === true ? [notDeleted(stream)] : []),
        ...(retentionSeconds === null ? [] : [olderThan(stream, retentionSeconds)]),
      ]
      return filters.length === 0 ? null : (events) => applied(filters, events)
    },
  }
}
