import type Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { StreamSlice } from '../../../../ports/event-log.ts'

export interface RevisionRange {
  /** The stream's number in the file. */
  readonly stream: number
  readonly lowest: number
  readonly highest: number
}

/** For how many streams it is remembered where the last search by position ended. */
const REMEMBERED = 10_000

/**
 * Turns a slice into a range of revisions; undefined when it is empty. Positions grow with the revisions of a
 * stream, so bisection finds a position on the index (stream, revision), which holds the position as well.
 */
export const createStreamSearch = (db: Database.Database): ((slice: StreamSlice) => RevisionRange | undefined) => {
  const findId = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck()
  const lastRevision = db.prepare<[number], number | null>('SELECT max(revision) FROM events WHERE stream = ?').pluck()
  const positionAt = db
    .prepare<[number, number], number>('SELECT position FROM events WHERE stream = ? AND revision = ?')
    .pluck()

  /**
   * By the stream's number. Only where a search begins: members of a conversation who come back together have
   * missed the same events.
   */
  const ends = new LRUCache<number, number>({ max: REMEMBERED })

  /** Last revision at or below `position`, -1 if none. Probes from `near` outwards. */
  const lastUpTo = (stream: number, last: number, position: number, near = last): number => {
    const above = (revision: number) => revision > last || (positionAt.get(stream, revision) ?? 0) > position
    let low = Math.min(near, last)
    let high = low + 1
    for (let step = 1; low >= 0 && above(low); step *= 2) {
      high = low
      low = Math.max(-1, low - step)
    }
    for (let step = 1; high > low && !above(high); step *= 2) {
      low = high
      high = Math.min(last + 1, high + step)
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (above(middle)) high = middle
      else low = middle
    }
    return low
  }

  const lastAfter = (stream: number, last: number, after: number): number => {
    const found = lastUpTo(stream, last, after, ends.get(stream))
    ends.set(stream, found)
    return found
  }

  return ({ stream: name, from, after, upTo, direction }) => {
    const stream = findId.get(name)
    const last = stream === undefined ? null : (lastRevision.get(stream) ?? null)
    if (stream === undefined || last === null) return undefined
    const backwards = direction === 'backwards'
    const afterRevision = after === undefined ? -1 : lastAfter(stream, last, Number(after))
    const upToRevision = upTo === undefined ? last : lastUpTo(stream, last, Number(upTo))
    const lowest = Math.max(afterRevision + 1, backwards ? 0 : (from ?? 0))
    const highest = Math.min(upToRevision, backwards ? (from ?? last) : last)
    return lowest > highest ? undefined : { stream, lowest, highest }
  }
}
