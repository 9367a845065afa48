import type Database from 'better-sqlite3'
import type { Head } from '../heads.ts'
import { createHeads } from '../heads.ts'
import { sumOfSnapshot } from '../integrity/event-checksums.ts'
import { digestAt, headOf } from '../schema.ts'
import type { Answer, Request } from './batch.ts'
import { APPENDED, EVENT_COLUMNS, REFUSED, REPEATED, SAVE, SAVED } from './batch.ts'
import { createEventWrites } from './event-writes.ts'

/** The log's last durable event. */
export interface LogEnd {
  readonly position: number
  readonly digest: number
}

export interface Commit {
  run(request: Request): Answer
  end(): LogEnd
}

/**
 * Stores a batch in one transaction and returns its answer. An append whose expectation does not hold is answered
 * and leaves no trace; an append sees those before it in the same batch. Throws when the file cannot take the
 * batch: then all of it is rolled back.
 */
export const createCommit = (db: Database.Database, onBlank: () => void): Commit => {
  const heads = createHeads(db)
  const writes = createEventWrites(db, onBlank)
  const saveSnapshot = db.prepare<Request>('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)')
  const [begin, commit, rollback] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT'), db.prepare('ROLLBACK')]
  const endOf = (): LogEnd => {
    const position = headOf(db)
    return { position, digest: digestAt(db, position) ?? 0 }
  }
  let { position, digest } = endOf()

  const store = (stream: string, request: Request, at: number, count: number, head: Head, answer: Answer) => {
    answer.push(APPENDED, head.revision + 1, position + 1)
    for (let i = 0; i < count; i++) {
      const place = { position: ++position, stream, streamId: head.id, revision: ++head.revision }
      digest = writes.insert(place, request, at + i * EVENT_COLUMNS, digest)
      answer.push(digest)
    }
  }

  const append = (request: Request, at: number, answer: Answer): number => {
    const stream = String(request[at])
    const expected = Number(request[at + 1])
    const count = Number(request[at + 2])
    const first = at + 3
    const head = heads.of(stream)
    if (expected === head.revision) {
      store(stream, request, first, count, head.id === 0 ? heads.create(stream) : head, answer)
    } else {
      const repeated = writes.repeated(head, expected, request, first, count)
      if (repeated === undefined) answer.push(REFUSED, head.revision)
      else answer.push(REPEATED, expected + 1, repeated)
    }
    return first + count * EVENT_COLUMNS
  }

  const save = (request: Request, at: number, answer: Answer): number => {
    const [revision = null, version = null, state = null] = request.slice(at + 2, at + 5)
    const stream = String(request[at])
    const snapshot = { stream, revision: Number(revision), version: Number(version), state: String(state) }
    saveSnapshot.run(stream, revision, version, state, sumOfSnapshot(snapshot))
    answer.push(SAVED)
    return at + 5
  }

  const run = (request: Request): Answer => {
    const answer: Answer = []
    for (let at = 0; at < request.length; ) {
      at = request[at + 1] === SAVE ? save(request, at, answer) : append(request, at, answer)
    }
    return answer
  }

  const forget = (): void => {
    if (db.inTransaction) rollback.run()
    heads.forget()
    const end = endOf()
    position = end.position
    digest = end.digest
  }

  return {
    end: () => ({ position, digest }),
    run(request) {
      begin.run()
      try {
        const answer = run(request)
        commit.run()
        return answer
      } catch (error) {
        forget()
        throw error
      }
    },
  }
}
