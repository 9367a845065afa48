import type { Collection, Document, DocumentStore, DocumentWrite, FieldValue } from '../../ports/document-store.ts'
import type { Collections } from './collections.ts'
import type { Engine } from './connect.ts'
import type { GuardedWrite, WriteGuarded } from './guarded-writes.ts'
import type { Meta } from './meta.ts'
import { collectionIn, fieldName, storedOf } from './stored.ts'

const fieldValue = (document: Document | null, field: string): FieldValue => {
  const value = document?.[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new TypeError(`field ${field} must be text, an integer or null`)
}

const writeOf = (
  { key, revision, document, isNew = false }: DocumentWrite,
  fields: readonly string[],
): GuardedWrite => ({
  _id: key,
  isNew,
  guard: { revision: { $lt: revision } },
  values: {
    revision,
    document: document === null ? null : JSON.stringify(document),
    ...Object.fromEntries(fields.map((field) => [fieldName(field), fieldValue(document, field)])),
  },
})

/**
 * If a batch writes a document more than once, keeps the write that would win: the highest revision, and the first
 * among equals.
 */
const winners = (writes: readonly DocumentWrite[]): readonly DocumentWrite[] => {
  const byKey = new Map<string, DocumentWrite>()
  for (const write of writes) {
    const other = byKey.get(write.key)
    if (other === undefined || other.revision < write.revision) byKey.set(write.key, write)
  }
  return [...byKey.values()]
}

/** Waits for all, so that nothing of a failed batch is still in progress when it is written again. */
const all = async (works: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/**
 * FerretDB finds one key by SQL, and several by looking at every document: up to some number, one after the other
 * is cheaper.
 */
const oneByOne = 50

const loadKeys = async ({ db, maxTimeMS, isFerretDb }: Engine, name: string, keys: readonly string[]) => {
  const options = { projection: { revision: 1, document: 1 }, batchSize: 1_000, maxTimeMS } as const
  const collection = collectionIn(db, name)
  if (!isFerretDb || keys.length > oneByOne) return collection.find({ _id: { $in: [...keys] } }, options).toArray()
  const found = await Promise.all(keys.map((_id) => collection.findOne({ _id }, options)))
  return found.filter((each) => each !== null)
}

interface WriterDeps {
  readonly engine: Engine
  readonly collections: Collections
  readonly meta: Meta
  readonly writeGuarded: WriteGuarded
}

type Writer = Pick<DocumentStore, 'open' | 'index' | 'drop' | 'load' | 'write'>

/** The writing half. Documents first, all of them acknowledged by a majority; then the meta values. */
export const createWriter = ({ engine, collections, meta, writeGuarded }: WriterDeps): Writer => {
  const opened = new Map<string, Collection>()

  const known = (name: string): Collection => {
    const collection = opened.get(name)
    if (collection === undefined) throw new Error(`collection ${name} is not open`)
    return collection
  }

  const prepared = (writes: readonly DocumentWrite[]) =>
    [...Map.groupBy(writes, ({ collection }) => collection)].map(([name, its]) => {
      const fields = Object.keys(known(name).fields)
      return {
        target: engine.db.collection<{ _id: string }>(name),
        writes: winners(its).map((each) => writeOf(each, fields)),
      }
    })

  return {
    async open(collection, options) {
      await collections.open(collection, options?.deferIndexes ?? false)
      opened.set(collection.name, collection)
    },
    index: async (name) => collections.index(known(name)),
    async drop(name) {
      opened.delete(name)
      await collections.drop(name)
    },
    async load(name, keys) {
      known(name)
      const found = await loadKeys(engine, name, keys)
      return new Map(found.map((each) => [each._id, storedOf(each)]))
    },
    async write(writes, changes = {}) {
      const parts = prepared(writes)
      await all([...parts.map((part) => writeGuarded(part.target, part.writes)), meta.applyPending(changes)])
      await meta.write(changes)
    },
  }
}
