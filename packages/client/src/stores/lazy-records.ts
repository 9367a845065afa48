import type { ClientStore, StoreChange, StoredRecord, StoreRange, StoreReads } from './client-store.ts'
import { createMemoryReads } from './memory-reads.ts'

/** Kinds that grow with the number of messages: they are not loaded at the start. */
export const leftOut = ['kept/', 'plain/', 'refers/', 'seen/'] as const

const isLeftOut = (key: string): boolean => leftOut.some((prefix) => key.startsWith(prefix))

/** Records that are read on request. */
export interface LazyRecords {
  get(key: string): Promise<unknown>
  /** A page; `next`: where to continue, undefined at the end. A page may be empty without being the last. */
  range(range: StoreRange): Promise<{ readonly items: readonly StoredRecord[]; readonly next: string | undefined }>
  /** Counts from now on, although it is not stored yet. */
  note(changes: readonly StoreChange[]): void
  /** What was noted of a key last; undefined when that is stored. */
  unstored(key: string): StoreChange | undefined
}

/** All of a range, page by page. */
export async function* allOf(
  records: LazyRecords,
  prefix: string,
  from?: string,
): AsyncGenerator<StoredRecord, undefined> {
  for (let after = from; ; ) {
    const page = await records.range({ prefix, after, limit: pageSize })
    yield* page.items
    if (page.next === undefined) return
    after = page.next
  }
}

const pageSize = 500

/** The store's records, with changes that were noted and are not stored yet. */
export const createLazyRecords = (reads: StoreReads) => {
  /** A value that is undefined: deleted. */
  const noted = new Map<string, unknown>()

  const upTo = (items: readonly StoredRecord[], { prefix, after = '' }: StoreRange, last: string | undefined) => {
    const found = new Map(items)
    for (const [key, value] of noted) {
      if (!key.startsWith(prefix) || key <= after || (last !== undefined && key > last)) continue
      if (value === undefined) found.delete(key)
      else found.set(key, value)
    }
    return [...found].sort(([one], [other]) => (one < other ? -1 : 1))
  }
  const records: LazyRecords = {
    get: async (key) => (noted.has(key) ? noted.get(key) : reads.get(key)),
    range: async (range) => {
      const items = await reads.range(range)
      const next = items.length < range.limit ? undefined : items.at(-1)?.[0]
      return { items: upTo(items, range, next), next }
    },
    unstored: (key) => (noted.has(key) ? { key, value: noted.get(key) } : undefined),
    note: (changes) => {
      for (const { key, value } of changes) if (isLeftOut(key)) noted.set(key, value)
    },
  }
  /** What is stored is read from the store, unless another value was noted meanwhile. */
  const stored = (changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) if (noted.get(key) === value) noted.delete(key)
  }
  return { records, stored }
}

export interface OpenedRecords {
  /** Everything that is not left out. */
  readonly stored: Map<string, unknown>
  readonly lazy: LazyRecords
  /** The store. It tells the lazy records what it has stored. */
  readonly store: ClientStore
}

const split = (all: ReadonlyMap<string, unknown>) => ({
  stored: new Map([...all].filter(([key]) => !isLeftOut(key))),
  reads: createMemoryReads([...all].filter(([key]) => isLeftOut(key))),
})

/** Opens a store as it allows: whole, or without the kinds that are left out. */
export const openRecords = async (store: ClientStore): Promise<OpenedRecords> => {
  const opened = await store.open?.(leftOut)
  const whole = opened === undefined ? split(await store.load()) : undefined
  const { records, stored } = createLazyRecords(opened?.reads ?? whole?.reads ?? createMemoryReads([]))
  return {
    stored: whole?.stored ?? new Map(opened?.records),
    lazy: records,
    store: {
      load: () => store.load(),
      close: () => store.close(),
      ...(store.files && { files: store.files }),
      write: async (changes) => {
        await store.write(changes)
        whole?.reads.apply(changes.filter(({ key }) => isLeftOut(key)))
        stored(changes)
      },
    },
  }
}
