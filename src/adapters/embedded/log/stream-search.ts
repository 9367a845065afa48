import type Database from 'better-sqlite3'
import type { StreamSlice } from '../../../ports/event-log.ts'

export interface RevisionRange {
  /** The stream's number in the file. */
  readonly stream: number
  readonly lowest: number
  readonly highest: number
}

/**
 * Turns a slice into a range of revisions; undefined when it is empty. Positions grow with the revisions of a stream, so a
 * position is found by bisection on the index (stream, revision), which holds the position as well.
 */
export const createStreamSearch = (db: Database.Database): ((slice: StreamSlice) => RevisionRange | undefined) => {
  const findId = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck()
  const lastRevision = db.prepare<[number], number | null>('SELECT max(revision) FROM events WHERE stream = ?').pluck()
  const positionAt = db
    .prepare<[number, number], number>('SELECT position FROM events WHERE stream = ? AND revision = ?')
    .pluck()

  /** Last revision at or below `position`, -1 if none. Probes from the end outwards: most searches are for something recent. */
  const lastUpTo = (stream: number, last: number, position: number): number => {
    const above = (revision: number) => (positionAt.get(stream, revision) ?? 0) > position
    let high = last + 1
    let step = 1
    while (high - step >= 0 && above(high - step)) {
      high -= step
      step *= 2
    }
    let low = Math.max(high - step, -1)
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (above(middle)) high = middle
      else low = middle
    }
    return low
  }

  return ({ stream: name, from, after, upTo, direction }) => {
    const stream = findId.get(name)
    const last = stream === undefined ? null : (lastRevision.get(stream) ?? null)
    if (stream === undefined || last === null) return undefined
    const backwards = direction === 'backwards'
    const afterRevision = after === undefined ? -1 : lastUpTo(stream, last, Number(after))
    const upToRevision = upTo === undefined ? last : lastUpTo(stream, last, Number(upTo))
    const lowest = Math.max(afterRevision + 1, backwards ? 0 : (from ?? 0))
    const highest = Math.min(upToRevision, backwards ? (from ?? last) : last)
    return lowest > highest ? undefined : { stream, lowest, highest }
  }
}
