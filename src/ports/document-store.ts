/**
 * The document store: where read models live. Droppable, and rebuilt from the event log.
 *
 * Guarantees that every adapter gives, and `test/contract/document-store/document-store.suite.ts` attacks:
 * - Guarded: a write whose `revision` is not above the stored one is ignored, so a batch may be written again after a crash.
 * - A deleted document leaves a tombstone that keeps guarding; queries never see it, `load` does.
 * - A batch is durable when `write` resolves, its checkpoint never before its documents. Adapters with transactions make the batch atomic;
 *   none needs to, because of the guard.
 * - Declared fields and indexes exist after `open`; a collection is created when it is missing.
 */

export type FieldValue = string | number | null

/** One generation of a view: `name` is physical, for example `timeline.v1.0`. */
export interface Collection {
  readonly name: string
  /** Top-level document fields that queries may filter or order by. Positions are stored as integers. */
  readonly fields: Readonly<Record<string, 'text' | 'integer'>>
  readonly indexes: readonly (readonly string[])[]
}

/** A JSON document. Top-level fields that are declared must be text, safe integers or null. */
export type Document = Readonly<Record<string, unknown>>

export interface StoredDocument {
  /** Revision, in the document's one stream, of the last event folded into it. */
  readonly revision: number
  /** Null is a tombstone. */
  readonly document: Document | null
}

export interface DocumentWrite extends StoredDocument {
  readonly collection: string
  readonly key: string
  /**
   * The writer knows of no document with this key. This is only a hint: if there is one, its revision guards as
   * always.
   */
  readonly isNew?: boolean
}

export interface Condition {
  readonly eq?: FieldValue
  readonly in?: readonly FieldValue[]
  readonly not?: FieldValue
  readonly gt?: FieldValue
  readonly gte?: FieldValue
  readonly lt?: FieldValue
  readonly lte?: FieldValue
}

export interface Query {
  /** Conditions on the key, by code point order, and on declared fields; all must hold. */
  readonly key?: Condition
  readonly where?: Readonly<Record<string, Condition>>
  /** `key` or a declared field. Unordered when absent. `thenByKey` orders equal values by their keys, ascending. */
  readonly orderBy?: {
    readonly field: string
    readonly direction: 'ascending' | 'descending'
    readonly thenByKey?: true
  }
  readonly limit?: number
}

export interface FoundDocument {
  readonly key: string
  readonly revision: number
  readonly document: Document
}

export interface DocumentReader {
  get(collection: string, key: string): Promise<FoundDocument | undefined>
  find(collection: string, query: Query): Promise<readonly FoundDocument[]>
  /** The number of documents that match, counted no further than `cap`. */
  count(collection: string, query: Query, cap: number): Promise<number>
  /** Small named values of the runner: checkpoints, the live generation of a view, parked streams. */
  getMeta(key: string): Promise<string | undefined>
  listMeta(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>
}

export interface DocumentStore extends DocumentReader {
  /** Creates what is missing. With `deferIndexes`, `index` makes the indexes later, which is faster for a rebuild. */
  open(collection: Collection, options?: { readonly deferIndexes?: boolean }): Promise<void>
  index(collection: string): Promise<void>
  drop(collection: string): Promise<void>
  /** Tombstones included. */
  load(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>
  write(writes: readonly DocumentWrite[], meta?: Readonly<Record<string, string | null>>): Promise<void>
  close(): Promise<void>
}
