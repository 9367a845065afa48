import {
  type AnyBulkWriteOperation,
  type Document as BsonDocument,
  type Collection,
  MongoBulkWriteError,
} from 'mongodb'
import type { Engine } from './connect.ts'
import { isDuplicateKey } from './mongo-errors.ts'

/**
 * Sets these values in the document `_id`, which is created if it is missing; does nothing if the document does not
 * match `guard`.
 */
export interface GuardedWrite {
  readonly _id: string
  /** Most likely there is none: it is tried as an insert, which costs an engine least. */
  readonly isNew: boolean
  readonly guard: BsonDocument
  readonly values: BsonDocument
}

interface Attempt {
  /** The writes that met a document which their guard does not match, or another insert. */
  readonly refused: readonly GuardedWrite[]
  /** False: the engine stopped at the first of them, and it is unknown which others it did. */
  readonly complete: boolean
}

type Target = Pick<Collection<BsonDocument & { _id: string }>, 'bulkWrite' | 'insertMany'>

/** The indexes of the refused writes; undefined when anything else went wrong. */
const refusedIn = (error: MongoBulkWriteError): readonly number[] | undefined => {
  const errors = [error.writeErrors].flat()
  const expected = errors.length > 0 && errors.every(({ code }) => isDuplicateKey(code))
  return expected && error.result.getWriteConcernError() === undefined ? errors.map(({ index }) => index) : undefined
}

/** The most in one command, so that each is answered well within its time. */
const operationsAtOnce = 200

const piecesOf = (writes: readonly GuardedWrite[]): readonly (readonly GuardedWrite[])[] =>
  Array.from({ length: Math.ceil(writes.length / operationsAtOnce) }, (_, at) =>
    writes.slice(at * operationsAtOnce, (at + 1) * operationsAtOnce),
  )

/**
 * Writes different documents in one go. A refused write means that the guard is false, or that two inserts raced.
 * So it runs once more without the insert, on the document that certainly exists now, and a newer revision never
 * loses. That second run also waits until the document it met is durable.
 */
export const createGuardedWrites = ({ maxTimeMS, isFerretDb }: Pick<Engine, 'maxTimeMS' | 'isFerretDb'>) => {
  const options = { ordered: false, maxTimeMS }

  /**
   * FerretDB keeps a connection for each `updateOne` that found its document until the command ends, and waits
   * for ever when it has no more. An `updateMany`, which means the same by `_id`, it reads to the end. MongoDB
   * itself repeats only `updateOne` after a change of primary.
   */
  const operation = ({ _id, guard, values }: GuardedWrite, upsert: boolean): AnyBulkWriteOperation<{ _id: string }> => {
    const update = { filter: { ...guard, _id }, update: { $set: values }, upsert }
    return isFerretDb ? { updateMany: update } : { updateOne: update }
  }

  const insertOrUpdate = async (target: Target, writes: readonly GuardedWrite[]): Promise<Attempt> => {
    const operations = writes.map((write) => operation(write, true))
    try {
      await target.bulkWrite(operations, options)
      return { refused: [], complete: true }
    } catch (error) {
      const indexes = error instanceof MongoBulkWriteError ? refusedIn(error) : undefined
      if (indexes === undefined || !(error instanceof MongoBulkWriteError)) throw error
      const done = error.matchedCount + error.upsertedCount
      const refused = indexes.flatMap((index) => writes[index] ?? [])
      return { refused, complete: done + refused.length === writes.length }
    }
  }

  const update = async (target: Target, writes: readonly GuardedWrite[]): Promise<void> => {
    if (writes.length === 0) return
    const operations = writes.map((write) => operation(write, false))
    await target.bulkWrite(operations, options)
  }

  /** Answers the writes that met a document, whatever its revision. */
  const insert = async (target: Target, writes: readonly GuardedWrite[]): Promise<readonly GuardedWrite[]> => {
    try {
      await target.insertMany(
        writes.map(({ _id, values }) => ({ _id, ...values })),
        options,
      )
      return []
    } catch (error) {
      const indexes = error instanceof MongoBulkWriteError ? refusedIn(error) : undefined
      if (indexes === undefined || !(error instanceof MongoBulkWriteError)) throw error
      const refused = indexes.flatMap((index) => writes[index] ?? [])
      return error.insertedCount + refused.length === writes.length ? refused : writes
    }
  }

  const writePiece = async (target: Target, writes: readonly GuardedWrite[]): Promise<void> => {
    const byKind = Map.groupBy(writes, ({ isNew }) => isNew)
    const fresh = byKind.get(true)
    const found = fresh === undefined ? [] : await insert(target, fresh)
    const others = [...(byKind.get(false) ?? []), ...found]
    if (others.length === 0) return
    const { refused, complete } = await insertOrUpdate(target, others)
    if (complete) return update(target, refused)
    for (const write of others) await update(target, (await insertOrUpdate(target, [write])).refused)
  }

  return async (target: Target, writes: readonly GuardedWrite[]): Promise<void> => {
    for (const piece of piecesOf(writes)) await writePiece(target, piece)
  }
}

export type WriteGuarded = ReturnType<typeof createGuardedWrites>
