import { LRUCache } from 'lru-cache'
import type { Heads } from '../../ports/event-logs.ts'
import { at, type Positions } from '../../ports/positions.ts'
import type { EncodedPage, SyncCursor } from '../sync-service.ts'

/** Cursors kept between two stateless pages; a forgotten one costs its user a fresh start, nothing else. */
const kept = { max: 32, ttl: 30_000 }

export interface OpenCursor extends SyncCursor {
  readonly upTo: Positions
}

export interface OpenCursorsDeps {
  readonly resume: (userId: string, since: string) => Promise<OpenCursor>
  readonly heads: () => Promise<Heads>
}

/**
 * Pages for callers that hold no cursor: `GET /sync` and the `sync` frame. `more` is false only when the page reaches what was durable when it was asked for, in
 * the logs that answered then, also when it came out of a cursor that was opened earlier.
 */
export const createOpenCursors = ({ resume, heads }: OpenCursorsDeps) => {
  const cursors = new LRUCache<string, OpenCursor>(kept)
  const keyOf = (userId: string, checkpoint: string): string => `${userId}/${checkpoint}`

  const take = async (userId: string, since: string): Promise<OpenCursor> => {
    const key = keyOf(userId, since)
    const cursor = cursors.get(key)
    // Taken out while it is read: two requests for one page must not share a cursor.
    cursors.delete(key)
    return cursor ?? resume(userId, since)
  }

  const page = async (userId: string, since: string, limit: number): Promise<EncodedPage> => {
    const durable = await heads()
    const cursor = await take(userId, since)
    const found = await cursor.next(limit)
    if (found.more) cursors.set(keyOf(userId, found.checkpoint), cursor)
    const isBehind = durable.some((head, index) => head !== undefined && at(cursor.upTo, index) < head)
    return { ...found, more: found.more || isBehind }
  }

  return { page }
}
