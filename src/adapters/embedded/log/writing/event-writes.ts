import type Database from 'better-sqlite3'
import type { Head } from '../heads.ts'
import { chainDigest, type SummedColumns, sumOfBody, sumOfEvent } from '../integrity/event-checksums.ts'
import type { Column, Request } from './batch.ts'
import { EVENT_COLUMNS } from './batch.ts'

const INSERT = `
  INSERT INTO events (position, stream, revision, id, type, version, at, user_id, device_id, data, body, target, body_sum, sum, digest)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
/** The checksum of a blanked body stays, below zero: see `blankedSum`. */
const BLANK = `
  UPDATE events SET body = NULL, body_sum = -1 - body_sum WHERE stream = ? AND revision = ? AND body IS NOT NULL`
const BLANK_REFERRING = `
  UPDATE events SET body = NULL, body_sum = -1 - body_sum WHERE stream = ? AND target = ? AND revision < ? AND body IS NOT NULL`

/** `@range` is JSON of a `BlankedRange`. */
const BLANK_RANGE = `
  UPDATE events SET body = NULL, body_sum = -1 - body_sum
  WHERE stream = @stream AND revision >= @range ->> 'from' AND revision <= min(@range ->> 'upTo', @revision - 1)
    AND body IS NOT NULL AND type IN (SELECT value FROM json_each(@range, '$.types'))`
const BLANK_RANGE_REFERRING = `
  UPDATE events SET body = NULL, body_sum = -1 - body_sum
  WHERE stream = @stream AND target >= @range ->> 'from' AND target <= @range ->> 'upTo' AND revision < @revision
    AND body IS NOT NULL AND type IN (SELECT value FROM json_each(@range, '$.types'))`

interface Place {
  readonly position: number
  readonly stream: string
  readonly streamId: number
  readonly revision: number
}

/** The statements of the writer on the events table. `at` is where an event's columns begin in a request. */
export interface EventWrites {
  /**
   * Stores one event and blanks what it asks to blank. Answers the digest of the log up to it, made from the one
   * before it.
   */
  insert(place: Place, request: Request, at: number, digestBefore: number): number
  /**
   * Position of the last of `count` events, if exactly these, by id, follow revision `expected`; otherwise
   * undefined.
   */
  repeated(head: Head, expected: number, request: Request, at: number, count: number): number | undefined
}

const ID = 0
const BODY = 7
const TARGET = 8
const BLANKS_TARGET = 9
const BLANKS_RANGE = 10

const columnOf = (request: Request, index: number): Column => request[index] ?? null

const summed = ({ position, stream, revision }: Place, r: Request, i: number): SummedColumns => {
  const target = columnOf(r, i + TARGET)
  return {
    position,
    stream,
    revision,
    id: String(r[i + ID]),
    type: String(r[i + 1]),
    version: Number(r[i + 2]),
    at: Number(r[i + 3]),
    userId: String(r[i + 4]),
    deviceId: String(r[i + 5]),
    data: String(r[i + 6]),
    target: target === null ? null : Number(target),
  }
}

/** `onBlank`: a body was blanked. */
export const createEventWrites = (db: Database.Database, onBlank: () => void): EventWrites => {
  const insert = db.prepare<Column[]>(INSERT)
  const blank = db.prepare<Column[]>(BLANK)
  const blankReferring = db.prepare<Column[]>(BLANK_REFERRING)
  const blankRange = [BLANK_RANGE, BLANK_RANGE_REFERRING].map((sql) => db.prepare<[Record<string, Column>]>(sql))
  const at = db.prepare<[number, number], { position: number; id: string }>(
    'SELECT position, id FROM events WHERE stream = ? AND revision = ?',
  )

  /** What the event asks to blank. */
  const execute = ({ streamId: stream, revision }: Place, r: Request, i: number): void => {
    const range = columnOf(r, i + BLANKS_RANGE)
    if (r[i + BLANKS_TARGET] === 0 && range === null) return
    if (r[i + BLANKS_TARGET] !== 0) {
      blank.run(stream, columnOf(r, i + TARGET))
      blankReferring.run(stream, columnOf(r, i + TARGET), revision)
    }
    if (range !== null) for (const statement of blankRange) statement.run({ stream, revision, range })
    onBlank()
  }

  return {
    insert(place, r, i, digestBefore) {
      const { position, streamId, revision } = place
      const body = columnOf(r, i + BODY)
      const bodySum = sumOfBody(body === null ? null : String(body))
      const sum = sumOfEvent(summed(place, r, i), bodySum)
      const digest = chainDigest(digestBefore, sum)
      insert.run(
        position,
        streamId,
        revision,
        columnOf(r, i),
        columnOf(r, i + 1),
        columnOf(r, i + 2),
        columnOf(r, i + 3),
        columnOf(r, i + 4),
        columnOf(r, i + 5),
        columnOf(r, i + 6),
        body,
        columnOf(r, i + TARGET),
        bodySum,
        sum,
        digest,
      )
      execute(place, r, i)
      return digest
    },
    repeated(head, expected, request, first, count) {
      if (expected < -1 || head.revision < expected + count) return undefined
      let position: number | undefined
      for (let i = 0; i < count; i++) {
        const event = at.get(head.id, expected + 1 + i)
        if (event === undefined || event.id !== request[first + i * EVENT_COLUMNS + ID]) return undefined
        position = event.position
      }
      return position
    },
  }
}
