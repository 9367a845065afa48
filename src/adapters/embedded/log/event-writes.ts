import type Database from 'better-sqlite3'
import type { Column, Request } from './batch.ts'
import { EVENT_COLUMNS } from './batch.ts'
import type { Head } from './heads.ts'

const INSERT = `
  INSERT INTO events (position, stream, revision, id, type, version, at, user_id, device_id, data, body, target)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const BLANK = 'UPDATE events SET body = NULL WHERE stream = ? AND revision = ?'
const BLANK_REFERRING = `
  UPDATE events SET body = NULL WHERE stream = ? AND target = ? AND revision < ? AND body IS NOT NULL`

/** The statements of the writer on the events table. `at` is where an event's columns begin in a request. */
export interface EventWrites {
  /** Stores one event and blanks what it asks to blank. */
  insert(position: number, stream: number, revision: number, request: Request, at: number): void
  /** Position of the last of `count` events, if exactly they, by id, stand after revision `expected`; otherwise undefined. */
  repeated(head: Head, expected: number, request: Request, at: number, count: number): number | undefined
}

const ID = 0
const TARGET = 8
const BLANKS_TARGET = 9

export const createEventWrites = (db: Database.Database): EventWrites => {
  const insert = db.prepare<Column[]>(INSERT)
  const blank = db.prepare<Column[]>(BLANK)
  const blankReferring = db.prepare<Column[]>(BLANK_REFERRING)
  const at = db.prepare<[number, number], { position: number; id: string }>(
    'SELECT position, id FROM events WHERE stream = ? AND revision = ?',
  )
  const column = (request: Request, index: number): Column => request[index] ?? null

  return {
    insert(position, stream, revision, r, i) {
      insert.run(
        position,
        stream,
        revision,
        column(r, i),
        column(r, i + 1),
        column(r, i + 2),
        column(r, i + 3),
        column(r, i + 4),
        column(r, i + 5),
        column(r, i + 6),
        column(r, i + 7),
        column(r, i + TARGET),
      )
      if (r[i + BLANKS_TARGET] === 0) return
      blank.run(stream, column(r, i + TARGET))
      blankReferring.run(stream, column(r, i + TARGET), revision)
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
