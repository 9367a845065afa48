import type { DocumentReader, DocumentStore } from '../../ports/document-store.ts'
import { isParkedIn } from '../runner/runner-meta.ts'

const root = 'partition/'

/** Where the runner of one partition stores its meta values. */
export const partitionPrefix = (partition: number): string => `${root}${partition}/`

const namesCollection = (value: string, collection: string): boolean => value.includes(JSON.stringify(collection))

/** What all partitions serve and build, by meta key. */
export const listGenerations = async (
  store: Pick<DocumentReader, 'listMeta'>,
): Promise<readonly (readonly [key: string, value: string])[]> =>
  (await store.listMeta(root)).filter(([key]) => key.endsWith('/live') || key.endsWith('/building'))

/**
 * The store as the runner of one partition sees it. All partitions share the collections; each has its own meta
 * values. A collection is dropped when no partition serves it or builds it any more.
 */
export const createPartitionStore = (store: DocumentStore, partition: number): DocumentStore => {
  const prefix = partitionPrefix(partition)

  const isUsed = async (collection: string): Promise<boolean> =>
    (await listGenerations(store)).some(([, value]) => namesCollection(value, collection))

  return {
    ...store,
    getMeta: (key) => store.getMeta(`${prefix}${key}`),
    listMeta: async (wanted) => {
      const found = await store.listMeta(`${prefix}${wanted}`)
      return found.map(([key, value]) => [key.slice(prefix.length), value] as const)
    },
    write: (writes, meta = {}) =>
      store.write(writes, Object.fromEntries(Object.entries(meta).map(([key, value]) => [`${prefix}${key}`, value]))),
    drop: async (collection) => {
      if (!(await isUsed(collection))) await store.drop(collection)
    },
    // The owner of the shared store closes it.
    close: async () => {},
  }
}

const parked = '/parked/'

/** Streams that stand still in any partition's live views. */
export const listParked = async (documents: Pick<DocumentReader, 'listMeta'>): Promise<readonly string[]> =>
  (await documents.listMeta(root)).flatMap(([key]) => {
    const at = key.indexOf(parked)
    return at < 0 ? [] : [key.slice(at + parked.length)]
  })

export const countParked = async (documents: Pick<DocumentReader, 'listMeta'>): Promise<number> =>
  (await listParked(documents)).length

/** Whether a stream stands still in the live views of its partition. */
export const createIsParked =
  (documents: Pick<DocumentReader, 'getMeta'>, partitionOf: (stream: string) => number) =>
  (stream: string): Promise<boolean> =>
    isParkedIn({ getMeta: (key) => documents.getMeta(`${partitionPrefix(partitionOf(stream))}${key}`) }, stream)
