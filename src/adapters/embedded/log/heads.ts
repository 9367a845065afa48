import type Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'

export interface Head {
  readonly id: number
  /** The revision of the stream's last event; -1 if it has none yet. */
  revision: number
}

/** Limits the memory; a stream that is not in it costs two index lookups. */
const CACHED = 100_000

const UNKNOWN: Readonly<Head> = { id: 0, revision: -1 }

/** The writer's knowledge of each stream's last revision. Only the writer changes the file, so it never goes stale. */
export interface Heads {
  /** `revision` is -1 and must not be changed if the stream is unknown: `create` it first. */
  of(stream: string): Head
  create(stream: string): Head
  /** After a rollback. */
  forget(): void
}

export const createHeads = (db: Database.Database): Heads => {
  const cache = new LRUCache<string, Head>({ max: CACHED })
  const findId = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck()
  const lastRevision = db.prepare<[number], number | null>('SELECT max(revision) FROM events WHERE stream = ?').pluck()
  const insert = db.prepare<[string]>('INSERT INTO streams (name) VALUES (?)')

  const keep = (stream: string, id: number, revision: number): Head => {
    const head = { id, revision }
    cache.set(stream, head)
    return head
  }
  const load = (stream: string): Head => {
    const id = findId.get(stream)
    return id === undefined ? UNKNOWN : keep(stream, id, lastRevision.get(id) ?? -1)
  }
  return {
    of: (stream) => cache.get(stream) ?? load(stream),
    create: (stream) => keep(stream, Number(insert.run(stream).lastInsertRowid), -1),
    forget: () => cache.clear(),
  }
}
