import { join } from 'node:path'
import Database from 'better-sqlite3'

/** One row of the log's file, read past all of the server's own code. */
export interface LoggedEvent {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly at: number
  readonly userId: string
  readonly deviceId: string
  readonly data: Readonly<Record<string, unknown>>
  readonly body: string | null
}

interface Row extends Omit<LoggedEvent, 'data'> {
  readonly data: string
}

const withFile = <Result>(directory: string, file: string, use: (db: Database.Database) => Result): Result => {
  const db = new Database(join(directory, file), { readonly: true, fileMustExist: true })
  try {
    return use(db)
  } finally {
    db.close()
  }
}

const select = `SELECT position, name AS stream, revision, events.id AS id, type, at, user_id AS userId, device_id AS deviceId, data, body
  FROM events JOIN streams ON streams.id = events.stream ORDER BY position`

/** The whole log, oldest first. */
export const readLog = (directory: string): readonly LoggedEvent[] =>
  withFile(directory, 'events.db', (db) =>
    db
      .prepare<[], Row>(select)
      .all()
      .map((row) => ({ ...row, data: JSON.parse(row.data) })),
  )

export const logHead = (directory: string): number =>
  withFile(
    directory,
    'events.db',
    (db) => db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0,
  )

export const logEpoch = (directory: string): string =>
  withFile(
    directory,
    'events.db',
    (db) => db.prepare<[], string>(`SELECT value FROM meta WHERE key = 'epoch'`).pluck().get() ?? '',
  )

/** Rows of every table of a file of the data directory. */
export const rowCounts = (directory: string, file: string): ReadonlyMap<string, number> =>
  withFile(directory, file, (db) => {
    const tables = db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all()
    const count = (table: string) =>
      db
        .prepare<[], number>(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get() ?? 0
    return new Map(tables.map((table) => [table, count(table)]))
  })

/** Conversation streams by conversation id, each in order of revision. */
export const conversationsOf = (log: readonly LoggedEvent[]): ReadonlyMap<string, readonly LoggedEvent[]> => {
  const streams = new Map<string, LoggedEvent[]>()
  for (const event of log) {
    if (!event.stream.startsWith('conversation-')) continue
    const id = event.stream.slice('conversation-'.length)
    streams.set(id, [...(streams.get(id) ?? []), event])
  }
  return streams
}

const letsIn = (event: LoggedEvent, userId: string): boolean => {
  const { members } = event.data
  return Array.isArray(members) && members.some((member) => member.userId === userId)
}

const letsOut = (event: LoggedEvent, userId: string): boolean =>
  (event.type === 'MemberLeft' || event.type === 'MemberRemoved') && event.data.userId === userId

export interface Interval {
  /** From the event that lets the user in to the one that lets the user out, both included. */
  readonly events: readonly LoggedEvent[]
  readonly ended: boolean
}

/** The memberships of a user in one stream, oldest first. */
export const intervalsOf = (stream: readonly LoggedEvent[], userId: string): readonly Interval[] => {
  const intervals: { events: LoggedEvent[]; ended: boolean }[] = []
  for (const event of stream) {
    const open = intervals.findLast(({ ended }) => !ended)
    if (open !== undefined) {
      open.events.push(event)
      open.ended = letsOut(event, userId)
    } else if (letsIn(event, userId)) intervals.push({ events: [event], ended: false })
  }
  return intervals
}

export const isMember = (stream: readonly LoggedEvent[], userId: string): boolean =>
  intervalsOf(stream, userId).some(({ ended }) => !ended)
