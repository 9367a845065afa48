import type Database from 'better-sqlite3'
import { EMPTY_DIGEST } from './event-checksums.ts'
import { eventDamage, fileDamage, isFileTrouble, type LogFinding } from './finding.ts'
import { CHAINED_COLUMNS, type ChainedRow, chainFlawOf } from './rows.ts'

/**
 * A check of every event in order, in steps: each is a read of its own, so that it holds up neither the writer nor
 * the write-ahead log.
 */
export interface Scan {
  /** Checks this many more events. Answers `end` when none are left, or what is wrong. */
  step(limit: number): 'more' | 'end' | LogFinding
  position(): number
}

/** Names of streams that were looked up already; forgotten all at once. */
const knownStreams = 100_000

const createLookups = (db: Database.Database) => {
  const ofStream = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck()
  const byRevision = db
    .prepare<[number, number], number>(
      'SELECT position FROM events INDEXED BY events_by_revision WHERE stream = ? AND revision = ?',
    )
    .pluck()
  const byTarget = db
    .prepare<[number, number, number], number>(
      'SELECT 1 FROM events INDEXED BY events_by_target WHERE stream = ? AND target = ? AND target IS NOT NULL AND position = ?',
    )
    .pluck()
  const known = new Set<string>()

  const findsStream = ({ stream, streamId }: ChainedRow): boolean => {
    if (known.has(stream)) return true
    if (known.size >= knownStreams) known.clear()
    known.add(stream)
    return ofStream.get(stream) === streamId
  }
  /** Which index leads to another row; undefined when all of them lead to this one. */
  return (row: ChainedRow): string | undefined => {
    if (!findsStream(row)) return 'the index of streams is wrong'
    if (byRevision.get(row.streamId, row.revision) !== row.position) return 'the index of revisions is wrong'
    const found = row.target === null || byTarget.get(row.streamId, row.target, row.position) === 1
    return found ? undefined : 'the index of targets is wrong'
  }
}

/** `after`: where it begins, with the digest there. */
export const createScan = (
  db: Database.Database,
  after: { readonly position: number; readonly digest: number } = { position: 0, digest: EMPTY_DIGEST },
): Scan => {
  const page = db.prepare<[number, number], ChainedRow>(
    `SELECT ${CHAINED_COLUMNS} FROM events LEFT JOIN streams ON streams.id = events.stream
     WHERE position > ? ORDER BY position LIMIT ?`,
  )
  const wrongWay = createLookups(db)
  let { position, digest } = after

  const look = (row: ChainedRow): LogFinding | undefined => {
    if (row.position !== position + 1)
      return eventDamage(`position ${position + 1}`, `${row.position - position - 1} events are missing`)
    const flaw = chainFlawOf(row, digest) ?? wrongWay(row)
    if (flaw !== undefined) return eventDamage(`position ${row.position}`, flaw)
    position = row.position
    digest = row.digest ?? 0
    return undefined
  }

  const run = (limit: number): ReturnType<Scan['step']> => {
    const rows = page.all(position, limit)
    for (const row of rows) {
      const finding = look(row)
      if (finding !== undefined) return finding
    }
    return rows.length === limit ? 'more' : 'end'
  }

  return {
    position: () => position,
    step(limit) {
      try {
        return run(limit)
      } catch (error) {
        if (isFileTrouble(error)) return fileDamage(error)
        throw error
      }
    },
  }
}

/** The whole check at once. */
export const scanAll = (scan: Scan, stepSize = 1000): LogFinding | undefined => {
  for (;;) {
    const found = scan.step(stepSize)
    if (found === 'end') return undefined
    if (found !== 'more') return found
  }
}
