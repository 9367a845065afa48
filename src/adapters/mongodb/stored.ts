import type { Db, Collection as MongoCollection } from 'mongodb'
import type { Document, StoredDocument } from '../../ports/document-store.ts'

/**
 * How MongoDB stores a document: its JSON as text, so that it is read back byte for byte whatever names and values
 * it has, and beside it each declared field, null where the document has none, so that one find answers any query.
 * A tombstone has no text and no fields.
 */
export interface Stored {
  readonly _id: string
  readonly revision: number
  readonly document: string | null
  /** Declared fields, by `fieldName`. */
  readonly [field: `f_${string}`]: string | number | null
}

/** With a prefix, so that a field may be called `revision`. */
export const fieldName = (field: string): string => (field === 'key' ? '_id' : `f_${field}`)

export const collectionIn = (db: Db, name: string): MongoCollection<Stored> => db.collection<Stored>(name)

export const documentOf = (text: string): Document => JSON.parse(text)

export const storedOf = ({ revision, document }: Pick<Stored, 'revision' | 'document'>): StoredDocument => ({
  revision,
  document: document === null ? null : documentOf(document),
})
