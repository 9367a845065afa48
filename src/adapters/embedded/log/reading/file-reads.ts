import type Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import { sizeOfEvent } from '../../../../event-log/reading/append-limits.ts'
import { LogError } from '../../../../ports/errors/log-error.ts'
import type { Position, RecordedEvent, StreamSlice } from '../../../../ports/event-log.ts'
import type { Snapshot } from '../../../../ports/snapshot-store.ts'
import type { DamageWatch } from '../integrity/damage-watch.ts'
import { sumOfSnapshot } from '../integrity/event-checksums.ts'
import { eventDamage } from '../integrity/finding.ts'
import { flawOf, type StoredRow } from '../integrity/rows.ts'
import { createDigests, headOf } from '../schema.ts'
import type { KeptSlices } from './kept-slices.ts'
import { createStreamSearch, type RevisionRange } from './stream-search.ts'

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
  bodySum: number | null,
  sum: number | null,
]

const SELECT =
  'SELECT position, stream, revision, id, type, version, at, user_id, device_id, target, data, body, body_sum, sum FROM events'

/** Limits the memory for the names of streams met while reading. */
const CACHED_NAMES = 50_000

interface SummedSnapshot extends Snapshot {
  readonly sum: number
}

/**
 * Reads from the file, on any connection, with everything committed before the call. It never answers anything but
 * what was stored: it reports the difference to the watch, and the read throws `log_damaged`. Throws
 * `log_unavailable` once the file is closed.
 */
export interface FileReads {
  head(): Position
  readStream(slice: StreamSlice): readonly RecordedEvent[]
  readAll(after: Position, upTo: Position, limit: number): readonly RecordedEvent[]
  /** Undefined for a damaged one too: it is made again from the events. */
  loadSnapshot(stream: string): Snapshot | undefined
  digestAt(position: number): number | undefined
}

/** `kept`: what was read recently, so that nothing is read twice in a row. */
export const createFileReads = (db: Database.Database, watch: DamageWatch, kept?: KeptSlices): FileReads => {
  const all = db
    .prepare<number[], Row>(`${SELECT} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`)
    .raw()
  const range = `${SELECT} WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`
  const forwards = db.prepare<number[], Row>(`${range} LIMIT ?`).raw()
  const backwards = db.prepare<number[], Row>(`${range} DESC LIMIT ?`).raw()
  const nameOf = db.prepare<[number], string>('SELECT name FROM streams WHERE id = ?').pluck()
  const snapshot = db.prepare<[string], SummedSnapshot>(
    'SELECT stream, revision, version, state, sum FROM snapshots WHERE stream = ?',
  )
  const search = createStreamSearch(db)
  const digestAt = createDigests(db)
  const names = new LRUCache<number, string>({ max: CACHED_NAMES, memoMethod: (id) => nameOf.get(id) ?? '' })

  /** Checks that all expected rows are there, in order. A missing row means damage. */
  const expectWhole = (numbers: readonly number[], first: number, step: number, count: number, place: string): void => {
    if (numbers.length === count && numbers.every((number, index) => number === first + index * step)) return
    watch.fail(eventDamage(place, 'events are missing'))
  }

  const checked = (row: Row, stream: string): RecordedEvent => {
    const stored = columnsOf(row, stream)
    const flaw = flawOf(stored)
    if (flaw !== undefined) watch.fail(eventDamage(`position ${stored.position}`, flaw))
    return recorded(stored)
  }

  /** Rows until the last of them reaches the size: first a few, then as many as fit by their size so far. */
  const upToSize = (maxBytes: number, limit: number, read: (done: number, count: number) => readonly Row[]) => {
    const rows: Row[] = []
    for (let bytes = 0, wanted = firstRows; rows.length < limit; ) {
      const more = read(rows.length, Math.min(wanted, limit - rows.length))
      for (const row of more) {
        rows.push(row)
        bytes += sizeOfRow(row)
        if (bytes >= maxBytes) return { rows, isCut: true }
      }
      if (more.length === 0) break
      wanted = Math.min(mostRows, Math.ceil(((maxBytes - bytes) * rows.length) / bytes))
    }
    return { rows, isCut: false }
  }

  const readRange = (
    { stream: name, limit, maxBytes }: StreamSlice,
    { stream, lowest, highest }: RevisionRange,
    step: 1 | -1,
  ): readonly RecordedEvent[] => {
    const read = (done: number, count: number) =>
      step === 1
        ? forwards.all(stream, lowest + done, highest, count)
        : backwards.all(stream, lowest, highest - done, count)
    const { rows, isCut } =
      maxBytes === undefined ? { rows: read(0, limit), isCut: false } : upToSize(maxBytes, limit, read)
    const count = isCut ? rows.length : Math.min(limit, highest - lowest + 1)
    const first = step === 1 ? lowest : highest
    expectWhole(revisionsOf(rows), first, step, count, `revisions ${lowest} to ${highest} of a stream`)
    return rows.map((row) => checked(row, name))
  }

  const readStream = (slice: StreamSlice): readonly RecordedEvent[] => {
    const found = search(slice)
    if (found === undefined) return []
    const { lowest, highest } = found
    const { limit, maxBytes } = slice
    if (slice.direction === 'backwards') return readRange(slice, found, -1)
    const known = kept?.get(slice.stream, { lowest, highest, limit, maxBytes })
    if (known !== undefined) return known
    const events = readRange(slice, found, 1)
    if (maxBytes !== undefined) kept?.keep(slice.stream, events)
    return events
  }

  const readAll = (after: Position, upTo: Position, limit: number): readonly RecordedEvent[] => {
    const rows = all.all(Number(after), Number(upTo), limit)
    const count = rows.length < limit && upTo < END ? Math.max(0, Number(upTo - after)) : rows.length
    expectWhole(positionsOf(rows), Number(after) + 1, 1, Math.min(count, limit), `the positions after ${after}`)
    return rows.map((row) => checked(row, names.memo(row[1])))
  }

  const loadSnapshot = (stream: string): Snapshot | undefined => {
    const found = snapshot.get(stream)
    if (found === undefined) return undefined
    const { sum, ...own } = found
    return sum === sumOfSnapshot(own) ? own : undefined
  }

  /** What SQLite cannot read is damage as well. */
  const guarded = <Result>(read: () => Result): Result => {
    if (!db.open) throw new LogError('log_unavailable', 'The log is closed')
    return watch.guard(read)
  }

  return {
    head: () => guarded(() => BigInt(headOf(db))),
    readStream: (slice) => guarded(() => readStream(slice)),
    readAll: (after, upTo, limit) => guarded(() => readAll(after, upTo, limit)),
    loadSnapshot: (stream) => guarded(() => loadSnapshot(stream)),
    digestAt: (position) => guarded(() => digestAt(position)),
  }
}

/** Above every position that a log reaches. */
export const END = BigInt(Number.MAX_SAFE_INTEGER)

/** How many rows of a slice that ends at a size are read at first, and at once. */
const firstRows = 8
const mostRows = 256

const sizeOfRow = ([, , , id, type, version, at, userId, deviceId, , data, body]: Row): number =>
  sizeOfEvent({ id, type, version, at, userId, deviceId, data, body })

const revisionsOf = (rows: readonly Row[]): readonly number[] => rows.map(([, , revision]) => revision)
const positionsOf = (rows: readonly Row[]): readonly number[] => rows.map(([position]) => position)

const columnsOf = (row: Row, stream: string): StoredRow => {
  const [position, , revision, id, type, version, at, userId, deviceId, target, data, body, bodySum, sum] = row
  return { position, stream, revision, id, type, version, at, userId, deviceId, target, data, body, bodySum, sum }
}

const recorded = (row: StoredRow): RecordedEvent => {
  const { position, stream, revision, id, type, version, at, userId, deviceId, target, data, body } = row
  const event = { stream, revision, position: BigInt(position), id, type, version, at, userId, deviceId, data, body }
  return target === null ? event : { ...event, target }
}
