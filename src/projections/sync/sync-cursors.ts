import { LRUCache } from 'lru-cache'
import type { Heads } from '../../event-log/event-logs.ts'
import { at, type Positions } from '../../event-log/positions.ts'
import type { EncodedPage, SyncCursor } from './sync-service.ts'

/**
 * How many cursors are kept between two stateless pages for each user, and how many bytes for all. A forgotten
 * cursor costs its user a fresh start, nothing else.
 */
const kept = { ofUser: 2, bytes: 32 * 1024 * 1024, ttl: 30_000 }
/** The size of a cursor without any event. */
const emptyBytes = 64 * 1024

export interface OpenCursor extends SyncCursor {
  /** Bytes that it keeps in memory between two pages, approximately. */
  held(): number
  readonly upTo: Positions
}

export interface OpenCursorsDeps {
  readonly resume: (userId: string, since: string) => Promise<OpenCursor>
  readonly heads: () => Promise<Heads>
}

/** By the checkpoint that each continues from, oldest first. */
type Kept = ReadonlyMap<string, OpenCursor>

const sizeOf = (cursors: Kept): number =>
  [...cursors.values()].reduce((sum, cursor) => sum + emptyBytes + cursor.held(), 0)

/**
 * Pages for callers that hold no cursor: `GET /sync` and the `sync` frame. `more` is false only when the page
 * reaches what was durable at the call, in the logs that answered then, even if it came from a cursor that was
 * opened earlier.
 */
export const createOpenCursors = ({ resume, heads }: OpenCursorsDeps) => {
  const users = new LRUCache<string, Kept>({ maxSize: kept.bytes, ttl: kept.ttl, sizeCalculation: sizeOf })

  const set = (userId: string, cursors: readonly (readonly [string, OpenCursor])[]): void => {
    if (cursors.length === 0) users.delete(userId)
    else users.set(userId, new Map(cursors.slice(-kept.ofUser)))
  }

  /** Removed while it is read: two requests for one page must not share a cursor. */
  const take = async (userId: string, since: string): Promise<OpenCursor> => {
    const cursors = users.get(userId)
    const cursor = cursors?.get(since)
    if (cursors === undefined || cursor === undefined) return resume(userId, since)
    set(
      userId,
      [...cursors].filter(([key]) => key !== since),
    )
    return cursor
  }

  const page = async (userId: string, since: string, limit: number): Promise<EncodedPage> => {
    const durable = await heads()
    const cursor = await take(userId, since)
    const found = await cursor.next(limit)
    if (found.more) set(userId, [...(users.get(userId) ?? []), [found.checkpoint, cursor]])
    const isBehind = durable.some((head, index) => head !== undefined && at(cursor.upTo, index) < head)
    return { ...found, more: found.more || isBehind }
  }

  return { page }
}
