import type { DocumentStore } from '../../ports/document-store.ts'

/**
 * The part of a shared store that belongs to one life of the log: a restored log has another epoch, and begins with
 * nothing.
 */
export const createNamedStore = (store: DocumentStore, name: string): DocumentStore => {
  const prefix = `${name}.`
  const named = (collection: string): string => `${prefix}${collection}`
  return {
    get: (collection, key) => store.get(named(collection), key),
    find: (collection, query) => store.find(named(collection), query),
    count: (collection, query, cap) => store.count(named(collection), query, cap),
    load: (collection, keys) => store.load(named(collection), keys),
    open: (collection, options) => store.open({ ...collection, name: named(collection.name) }, options),
    index: (collection) => store.index(named(collection)),
    drop: (collection) => store.drop(named(collection)),
    getMeta: (key) => store.getMeta(named(key)),
    listMeta: async (wanted) => {
      const found = await store.listMeta(named(wanted))
      return found.map(([key, value]) => [key.slice(prefix.length), value] as const)
    },
    write: (writes, meta = {}) =>
      store.write(
        writes.map((write) => ({ ...write, collection: named(write.collection) })),
        Object.fromEntries(Object.entries(meta).map(([key, value]) => [named(key), value])),
      ),
    // The owner of the shared store closes it.
    close: async () => {},
  }
}
