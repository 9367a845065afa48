import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import { conversationStream } from '../../domain/stream-names.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import type { Position } from '../../ports/event-log.ts'
import type { Watermark } from '../watermark/watermark.ts'
import { revisionKey, type Views } from './view-reader.ts'

export interface DeletedDeps {
  readonly log: Pick<EventLogs, 'readStream'>
  readonly views: Pick<Views, 'byKeys'>
  readonly watermark: Pick<Watermark, 'reached'>
}

/** For how many conversations it is remembered how far the views are for certain. */
const conversationsKept = 20_000

const waitMs = 5_000

/**
 * Whether one of some revisions of a conversation was deleted by the event at `by` or an earlier one: a look at
 * keys, however much was deleted. Needs the views to have come that far: rejects with `behind` until they have.
 */
export const createDeleted = ({ log, views, watermark }: DeletedDeps) => {
  /** Deletions up to these revisions are in the views. */
  const known = new LRUCache<string, number>({ max: conversationsKept })

  const positionOf = async (conversationId: string, revision: number): Promise<Position> => {
    const [event] = await log.readStream({ stream: conversationStream(conversationId), from: revision, limit: 1 })
    if (event === undefined) throw new ProtocolError('unavailable', undefined, { retryAfterMs: 1000 })
    return event.position
  }

  const untilKnown = async (conversationId: string, by: number): Promise<void> => {
    if ((known.get(conversationId) ?? -1) >= by) return
    if (!(await watermark.reached(await positionOf(conversationId, by), waitMs)))
      throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    known.set(conversationId, by)
  }

  return async (conversationId: string, revisions: readonly number[], by: number): Promise<boolean> => {
    await untilKnown(conversationId, by)
    const keys = revisions.map((revision) => revisionKey(conversationId, revision))
    return (await views.byKeys('deletions', keys)).size > 0
  }
}
