import type Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { Position, RecordedEvent, StreamSlice } from '../../../ports/event-log.ts'
import { LogError } from '../../../ports/event-log.ts'
import type { Snapshot } from '../../../ports/snapshot-store.ts'
import { headOf } from './schema.ts'
import { createStreamSearch } from './stream-search.ts'

type Row = [
  position: number,
  stream: number,
  revision: number,
  id: string,
  type: string,
  version: number,
  at: number,
  userId: string,
  deviceId: string,
  target: number | null,
  data: string,
  body: string | null,
]

const SELECT =
  'SELECT position, stream, revision, id, type, version, at, user_id, device_id, target, data, body FROM events'

/** Bounds the memory for the names of streams met while reading. */
const CACHED_NAMES = 50_000

/** Reads from the file, on any connection, with everything committed before the call. Throws `log_unavailable` once it is closed. */
export interface FileReads {
  head(): Position
  readStream(slice: StreamSlice): readonly RecordedEvent[]
  readAll(after: Position, upTo: Position, limit: number): readonly RecordedEvent[]
  loadSnapshot(stream: string): Snapshot | undefined
}

export const createFileReads = (db: Database.Database): FileReads => {
  const all = db
    .prepare<number[], Row>(`${SELECT} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`)
    .raw()
  const range = `${SELECT} WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`
  const forwards = db.prepare<number[], Row>(`${range} LIMIT ?`).raw()
  const backwards = db.prepare<number[], Row>(`${range} DESC LIMIT ?`).raw()
  const nameOf = db.prepare<[number], string>('SELECT name FROM streams WHERE id = ?').pluck()
  const snapshot = db.prepare<[string], Snapshot>(
    'SELECT stream, revision, version, state FROM snapshots WHERE stream = ?',
  )
  const search = createStreamSearch(db)
  const names = new LRUCache<number, string>({ max: CACHED_NAMES, memoMethod: (id) => nameOf.get(id) ?? '' })

  const checkOpen = () => {
    if (!db.open) throw new LogError('log_unavailable', 'The log is closed')
  }

  return {
    head: () => BigInt(headOf(db)),
    readStream(slice) {
      checkOpen()
      const found = search(slice)
      if (found === undefined) return []
      const read = slice.direction === 'backwards' ? backwards : forwards
      return read.all(found.stream, found.lowest, found.highest, slice.limit).map((row) => recorded(row, slice.stream))
    },
    readAll(after, upTo, limit) {
      checkOpen()
      return all.all(Number(after), Number(upTo), limit).map((row) => recorded(row, names.memo(row[1])))
    },
    loadSnapshot(stream) {
      checkOpen()
      return snapshot.get(stream)
    },
  }
}

const recorded = (row: Row, stream: string): RecordedEvent => {
  const [position, , revision, id, type, version, at, userId, deviceId, target, data, body] = row
  const event = { stream, revision, position: BigInt(position), id, type, version, at, userId, deviceId, data, body }
  return target === null ? event : { ...event, target }
}
