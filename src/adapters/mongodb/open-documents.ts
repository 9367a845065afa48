import type { DocumentStore } from '../../ports/document-store.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'
import { createCollections, type IndexBuilder } from './collections.ts'
import { connect, createClient, type MongoOptions } from './connect.ts'
import { createReader } from './document-reader.ts'
import { createWriter } from './document-writer.ts'
import { createGuardedWrites } from './guarded-writes.ts'
import { createMeta } from './meta.ts'
import { answering } from './mongo-errors.ts'
import { createSnapshots } from './snapshots.ts'

export interface MongoDocuments extends DocumentStore {
  /** In the same database. */
  readonly snapshots: SnapshotStore
}

/** A connection of its own, which stays open until the server has built the index. */
const createIndexBuilder = (options: MongoOptions): IndexBuilder => ({
  build: async (collection, key, name) => {
    const maxTimeMS = options.indexTimeoutMs ?? 3_600_000
    const client = createClient(options.url, maxTimeMS)
    try {
      await client.db(options.database).collection(collection).createIndex(key, { name, maxTimeMS })
    } finally {
      await client.close()
    }
  },
})

/**
 * The read models and snapshots of the cluster profile, in one database of MongoDB (4.4 or newer, no transactions
 * needed). Any number of processes may have the same collections open. Rejects with an `OperatorError` that names
 * BACKSCROLL_MONGODB_URL when it cannot connect; later, calls reject with an `UnavailableError` when MongoDB does not
 * answer.
 */
export const openMongoDocuments = async (options: MongoOptions): Promise<MongoDocuments> => {
  const engine = await connect(options)
  const writeGuarded = createGuardedWrites(engine)
  const meta = createMeta(engine, writeGuarded)
  const collections = createCollections(engine, createIndexBuilder(options))
  const reader = createReader(engine)
  const writer = createWriter({ engine, collections, meta, writeGuarded })
  const snapshots = createSnapshots(engine, writeGuarded)
  return {
    get: (collection, key) => answering(() => reader.get(collection, key)),
    find: (collection, query) => answering(() => reader.find(collection, query)),
    count: (collection, query, cap) => answering(() => reader.count(collection, query, cap)),
    getMeta: (key) => answering(() => meta.get(key)),
    listMeta: (prefix) => answering(() => meta.list(prefix)),
    open: (collection, deferred) => answering(() => writer.open(collection, deferred)),
    index: (collection) => answering(() => writer.index(collection)),
    drop: (collection) => answering(() => writer.drop(collection)),
    load: (collection, keys) => answering(() => writer.load(collection, keys)),
    write: (writes, changes) => answering(() => writer.write(writes, changes)),
    close: () => engine.client.close(),
    snapshots: {
      load: (stream) => answering(() => snapshots.load(stream)),
      save: (snapshot) => answering(() => snapshots.save(snapshot)),
    },
  }
}
