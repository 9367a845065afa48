import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'

/**
 * The one filter that every event passes before it is served from history. A deletion blanks bodies in the log itself;
 * what is left to time is done here: of a message that is older than the conversation's retention, and of everything that
 * refers to it, the body is withheld. Never touches metadata, so revisions stay without holes.
 */
export interface Redaction {
  /** Null when the conversation keeps its messages for ever: nothing is to be filtered then. */
  of(stream: string, retentionSeconds: number | null): StreamRedaction | null
}

export type StreamRedaction = (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>

export interface RedactionDeps {
  readonly log: Pick<EventReader, 'readStream'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** Server times strictly below it have expired; -Infinity when nothing does. */
export const expiredBefore = (retentionSeconds: number | null, now: number): number =>
  retentionSeconds === null ? Number.NEGATIVE_INFINITY : now - retentionSeconds * 1000

/** A commit is no message, nor is what devices tell each other: without it no device would find its way to the present epoch, or have the keys. */
const lasting: ReadonlySet<string> = new Set(['GroupCommitted', 'ControlSent'])
const expires = ({ body, type }: RecordedEvent): boolean => body !== null && !lasting.has(type)

const blank = (event: RecordedEvent): RecordedEvent => ({ ...event, body: null })

export const createRedaction = ({ log, now }: RedactionDeps): Redaction => {
  /** When the event at `revision` happened; it stands in the log for ever, so asking once is enough. */
  const timeOf = async (stream: string, revision: number): Promise<number> => {
    const [event] = await log.readStream({ stream, from: revision, limit: 1 })
    return event === undefined ? Number.NEGATIVE_INFINITY : event.at
  }

  const filterOf = (stream: string, retentionSeconds: number): StreamRedaction => {
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
    of: (stream, retentionSeconds) => (retentionSeconds === null ? null : filterOf(stream, retentionSeconds)),
  }
}
