import Database from 'better-sqlite3'
import { createSchema } from '../schema.ts'
import { blankedSum, chainDigest, EMPTY_DIGEST, isBodyOf, sumOfEvent } from './event-checksums.ts'
import { CHAINED_COLUMNS, type ChainedRow } from './rows.ts'

export interface Salvaged {
  readonly kept: number
  /** Events that could not be read or believed, and those after them in their streams. */
  readonly lost: number
  /** Events that lost only their body: as if it had been deleted. */
  readonly bodiesLost: number
}

const eventsAStep = 500

const attempt = <Result>(read: () => Result): Result | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof Database.SqliteError) return undefined
    throw error
  }
}

/** Every row that can still be read, in order; each of the others is undefined. */
function* rowsOf(db: Database.Database, end: number): Generator<ChainedRow | undefined> {
  const select = `SELECT ${CHAINED_COLUMNS} FROM events LEFT JOIN streams ON streams.id = events.stream`
  const range = attempt(() =>
    db.prepare<[number, number], ChainedRow>(`${select} WHERE position BETWEEN ? AND ? ORDER BY position`),
  )
  if (range === undefined) return
  for (let first = 1; first <= end; first += eventsAStep) {
    const last = Math.min(end, first + eventsAStep - 1)
    const page = attempt(() => range.all(first, last))
    if (page?.length === last - first + 1) yield* page
    else for (let at = first; at <= last; at++) yield attempt(() => range.get(at, at))
  }
}

const createKeeper = (target: Database.Database) => {
  const addStream = target.prepare<[string]>('INSERT INTO streams (name) VALUES (?)')
  const insert = target.prepare<(string | number | null)[]>(
    `INSERT INTO events (position, stream, revision, id, type, version, at, user_id, device_id, target, data, body, body_sum, sum, digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const streams = new Map<string, { readonly id: number; next: number }>()
  let position = 0
  let digest = EMPTY_DIGEST

  const streamOf = (name: string) => {
    const known = streams.get(name) ?? { id: Number(addStream.run(name).lastInsertRowid), next: 0 }
    streams.set(name, known)
    return known
  }

  const keep = (row: ChainedRow, id: number): void => {
    position += 1
    const { revision, type, version, at, userId, deviceId, target: to, data } = row
    const isWhole = isBodyOf(row.body, row.bodySum)
    const bodySum = isWhole || row.bodySum === null ? row.bodySum : blankedSum(Math.abs(row.bodySum))
    const body = isWhole ? row.body : null
    const sum = sumOfEvent({ ...row, position }, bodySum)
    digest = chainDigest(digest, sum)
    insert.run(
      ...[position, id, revision, row.id, type, version, at, userId, deviceId, to, data],
      ...[body, bodySum, sum, digest],
    )
  }

  return {
    /** Whether the event was kept: it is as it was stored, and so is everything before it in its stream. */
    take(row: ChainedRow | undefined): boolean {
      if (row === undefined || row.stream === null || row.sum !== sumOfEvent(row, row.bodySum)) return false
      const stream = streamOf(row.stream)
      if (row.revision !== stream.next) return false
      keep(row, stream.id)
      stream.next += 1
      return true
    },
  }
}

export interface SalvageOptions {
  readonly from: string
  readonly to: string
  /** The last position that the log is known to have had. */
  readonly end: number
  readonly onProgress: (position: number, head: number) => void
}

const pour = (source: Database.Database, target: Database.Database, { end, onProgress }: SalvageOptions): Salvaged => {
  target.transaction(createSchema).immediate(target)
  const keeper = createKeeper(target)
  let [kept, bodiesLost, seen] = [0, 0, 0]
  target.exec('BEGIN')
  for (const row of rowsOf(source, end)) {
    seen += 1
    if (keeper.take(row)) kept += 1
    if (row !== undefined && !isBodyOf(row.body, row.bodySum)) bodiesLost += 1
    if (seen % eventsAStep !== 0) continue
    target.exec('COMMIT; BEGIN')
    onProgress(seen, end)
  }
  target.exec('COMMIT')
  return { kept, lost: end - kept, bodiesLost }
}

/**
 * Makes a new log of what can still be read of a damaged one. A stream is kept up to the first event that is lost,
 * because no reader accepts a gap.
 */
export const salvage = (options: SalvageOptions): Salvaged => {
  const source = new Database(options.from, { readonly: true, fileMustExist: true })
  const target = new Database(options.to)
  try {
    return pour(source, target, options)
  } finally {
    source.close()
    target.close()
  }
}
