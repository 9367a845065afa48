import type { Database } from 'better-sqlite3'
import type { Collection, Document, DocumentWrite, FieldValue, StoredDocument } from '../../../ports/document-store.ts'
import { checked } from './damage.ts'
import { sumOf } from './document-checksums.ts'
import { column, createIndexSql, createTableSql, loadSql, quoted, upsertSql } from './sql.ts'
import type { Statements } from './statements.ts'

const setMetaSql = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'
const dropMetaSql = 'DELETE FROM meta WHERE key = ?'

const fieldValue = (document: Document | null, field: string): FieldValue => {
  const value = document?.[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new TypeError(`field ${field} must be text, an integer or null`)
}

interface Opened {
  readonly collection: Collection
  readonly fields: readonly string[]
  readonly upsert: string
}

/** The writing half: synchronous, one transaction for each batch. */
export const createWriter = (database: Database, { prepared, clear }: Statements) => {
  const opened = new Map<string, Opened>()

  const known = (name: string): Opened => {
    const entry = opened.get(name)
    if (entry === undefined) throw new Error(`collection ${name} is not open`)
    return entry
  }

  const checkColumns = ({ name, fields }: Collection): void => {
    const actual = new Set(
      database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(name),
    )
    const missing = Object.keys(fields).find((field) => !actual.has(column(field).slice(1, -1)))
    if (missing !== undefined)
      throw new Error(`collection ${name} was made without field ${missing}: raise the view's version`)
  }

  const put = ({ collection, key, revision, document }: DocumentWrite): void => {
    const { fields, upsert } = known(collection)
    const text = document === null ? null : JSON.stringify(document)
    const values: FieldValue[] = [key, revision, text, sumOf(key, revision, text)]
    for (const field of fields) values.push(fieldValue(document, field))
    prepared(upsert).run(...values)
  }

  const putMeta = (key: string, value: string | null): void => {
    if (value === null) prepared(dropMetaSql).run(key)
    else prepared(setMetaSql).run(key, value)
  }

  const index = (name: string): void => {
    const { collection } = known(name)
    for (const fields of collection.indexes) database.exec(createIndexSql(collection, fields))
  }

  return {
    open: (collection: Collection, deferIndexes: boolean): void => {
      database.exec(createTableSql(collection))
      checkColumns(collection)
      const fields = Object.keys(collection.fields)
      opened.set(collection.name, { collection, fields, upsert: upsertSql(collection) })
      if (!deferIndexes) index(collection.name)
    },
    index,
    drop: (name: string): void => {
      clear()
      opened.delete(name)
      database.exec(`DROP TABLE IF EXISTS ${quoted(name)}`)
    },
    load: (name: string, keys: readonly string[]): ReadonlyMap<string, StoredDocument> => {
      known(name)
      const rows = prepared(loadSql(name)).all(JSON.stringify(keys)).map(checked)
      return new Map(rows.map(([key, revision, document]) => [String(key), stored(revision, document)]))
    },
    write: database.transaction(
      (writes: readonly DocumentWrite[], meta: Readonly<Record<string, string | null>>): void => {
        for (const each of writes) put(each)
        for (const [key, value] of Object.entries(meta)) putMeta(key, value)
      },
    ).immediate,
  }
}

const stored = (revision: FieldValue | undefined, document: FieldValue | undefined): StoredDocument => ({
  revision: Number(revision),
  document: typeof document === 'string' ? JSON.parse(document) : null,
})
