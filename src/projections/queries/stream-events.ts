import { conversationStream } from '../../domain/stream-names.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { at } from '../../event-log/positions.ts'
import { encodeEvent } from '../reading/encode-event.ts'
import { seenBy } from '../reading/membership-access.ts'
import { pageCharacters } from '../reading/page-size.ts'
import type { Redaction } from '../reading/redaction.ts'
import type { Views } from '../reading/view-reader.ts'
import { visibleRevisions } from '../reading/visibility.ts'
import { createSource, type Source } from '../reading/visible-events.ts'
import type { Watermark } from '../watermark/watermark.ts'

/**
 * A stream's own history: JSON texts of wire events by revision, and where to continue; `next` is absent at the
 * end.
 */
export interface StreamPage {
  readonly events: readonly string[]
  readonly next?: number
}

export interface StreamEventsDeps {
  readonly views: Views
  readonly log: Pick<EventLogs, 'readStream' | 'logOf'>
  readonly watermark: Pick<Watermark, 'current'>
  readonly redaction: Redaction
}

const drain = async (source: Source, limit: number) => {
  const events: string[] = []
  let characters = 0
  let next: number | undefined
  while (await source.fill()) {
    const event = source.peek()
    if (event === undefined) continue
    if (events.length === limit || characters >= pageCharacters) {
      next = event.revision
      break
    }
    const text = encodeEvent(event)
    events.push(text)
    characters += text.length
    source.advance()
  }
  return { events, next }
}

/**
 * Limited to the member's intervals, and to what the views have folded: beyond that nobody knows yet who may see
 * it.
 */
export const createStreamEvents =
  ({ views, log, watermark, redaction }: StreamEventsDeps) =>
  async (userId: string, conversationId: string, from: number, limit: number): Promise<StreamPage> => {
    const stream = conversationStream(conversationId)
    const upTo = at(watermark.current(), log.logOf(stream))
    const { conversation, membership } = await seenBy(views, userId, conversationId)
    const ranges = visibleRevisions(membership, { from, to: Number.POSITIVE_INFINITY })
    const redact = redaction.of(stream, conversation)
    const source = createSource(log, {
      stream,
      ranges,
      after: 0n,
      upTo,
      chunk: limit + 1,
      chunkBytes: pageCharacters / 4,
      redact,
    })
    const { events, next } = await drain(source, limit)
    return next === undefined ? { events } : { events, next }
  }
