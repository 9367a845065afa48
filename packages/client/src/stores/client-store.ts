/** A JSON value under a key; `undefined` deletes the key. */
export interface StoreChange {
  readonly key: string
  readonly value: unknown
}

export type StoredRecord = readonly [key: string, value: unknown]

/** Records whose keys begin with `prefix`, which ends with a slash, in the order of their keys. */
export interface StoreRange {
  readonly prefix: string
  /** Behind this key; default: from the first one. */
  readonly after?: string | undefined
  readonly limit: number
}

/** What was written before is seen. */
export interface StoreReads {
  get(key: string): Promise<unknown>
  range(range: StoreRange): Promise<readonly StoredRecord[]>
}

export interface OpenedStore {
  /** Everything that was not left out. */
  readonly records: ReadonlyMap<string, unknown>
  readonly reads: StoreReads
}

/**
 * Where a device keeps what must survive a restart. One store belongs to one device and to one running client.
 *
 * `write`: atomic (all of it or none after a crash), durable when it resolves, applied in the order of the calls, also when the earlier
 * ones have not resolved. Rejects when nothing was stored. `load`: everything, called once before the first write.
 */
export interface ClientStore {
  load(): Promise<ReadonlyMap<string, unknown>>
  /**
   * Instead of `load`, where a store can leave out what begins with one of these prefixes (each a word and a slash) and
   * read it when it is asked for: so a start takes as long with a million messages as with none. A store without it is
   * loaded whole.
   */
  open?(leftOut: readonly string[]): Promise<OpenedStore>
  write(changes: readonly StoreChange[]): Promise<void>
  /** Resolves when all writes that were asked for are done. */
  close(): Promise<void>
}

export const applyChanges = (records: Map<string, unknown>, changes: readonly StoreChange[]): void => {
  for (const { key, value } of changes)
    if (value === undefined) records.delete(key)
    else records.set(key, value)
}

/** The first key that does not begin with a prefix that ends with a slash, and comes after all that do. */
export const endOfPrefix = (prefix: string): string => `${prefix.slice(0, -1)}0`
