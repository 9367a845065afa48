import { isExpiring } from '../../domain/event-types.ts'
import { idInStream } from '../../domain/stream-names.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { revisionKey, type Views } from './view-reader.ts'

export interface WithheldDeps {
  readonly log: StreamReader & { readonly keepsBodies?: true }
  readonly views: Pick<Views, 'byKeys'>
}

const mayBeGone = ({ body, type }: RecordedEvent): boolean => body !== null && isExpiring(type)

/** An event depends on the message or reaction that it is, and on the message that it refers to. */
const placesOf = ({ target, revision }: RecordedEvent): readonly number[] =>
  target === undefined ? [revision] : [revision, target]

const expiryKey = (conversationId: string): string => `${conversationId}/expired`

const blank = (event: RecordedEvent): RecordedEvent => ({ ...event, body: null })

/**
 * A log that blanks, by itself or else through the views: bodies of messages that were deleted or have expired are
 * withheld, as far as the views have come. Everything that shows bodies reads through it. Metadata stays, so
 * revisions have no gaps.
 */
export const withheld = ({ log, views }: WithheldDeps): StreamReader => {
  if (log.keepsBodies !== true) return log

  const blanked = async (id: string, events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
    const places = new Set(events.filter(mayBeGone).flatMap(placesOf))
    if (places.size === 0) return events
    const keys = [...places].map((place) => revisionKey(id, place))
    const found = await views.byKeys('deletions', [...keys, expiryKey(id)])
    if (found.size === 0) return events
    const upTo = found.get(expiryKey(id))?.upTo ?? -1
    const isGone = (place: number): boolean => place <= upTo || found.has(revisionKey(id, place))
    return events.map((event) => (mayBeGone(event) && placesOf(event).some(isGone) ? blank(event) : event))
  }

  return {
    readStream: async (slice) => {
      const events = await log.readStream(slice)
      const conversationId = idInStream('conversation', slice.stream)
      return conversationId === undefined ? events : blanked(conversationId, events)
    },
  }
}
