import type { FileShelf } from './file-shelf.ts'

/** A JSON value under a key; `undefined` deletes the key. */
export interface StoreChange {
  readonly key: string
  readonly value: unknown
}

export type StoredRecord = readonly [key: string, value: unknown]

/** Records whose keys begin with `prefix`, which ends with a slash, in the order of their keys. */
export interface StoreRange {
  readonly prefix: string
  /** After this key; default: from the first one. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Sees what was written before. */
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
   * Replaces `load` in a store that can leave out records that begin with one of these prefixes (each a word and
   * a slash) and read them on request: so a start takes as long with a million messages as with none. A store
   * without it is loaded whole.
   */
  open?(leftOut: readonly string[]): Promise<OpenedStore>
  write(changes: readonly StoreChange[]): Promise<void>
  /** Resolves when all requested writes are done. */
  close(): Promise<void>
  /** Deletes it, with all that is in it, once it is closed. Default: each record and each file is deleted. */
  erase?(): Promise<void>
  /** Keeps files that wait to be uploaded. Without it, messages with `files` cannot be sent. */
  readonly files?: FileShelf
}

export const applyChanges = (records: Map<string, unknown>, changes: readonly StoreChange[]): void => {
  for (const { key, value } of changes)
    if (value === undefined) records.delete(key)
    else records.set(key, value)
}

/** The first key after all keys that begin with a prefix, which ends with a slash. */
export const endOfPrefix = (prefix: string): string => `${prefix.slice(0, -1)}0`
