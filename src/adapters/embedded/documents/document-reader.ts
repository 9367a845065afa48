import Database from 'better-sqlite3'
import type { DocumentReader, FieldValue, FoundDocument } from '../../../ports/document-store.ts'
import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'
import { checked } from './damage.ts'
import { countSql, findSql, getSql } from './sql.ts'
import type { Statements } from './statements.ts'

type Row = readonly FieldValue[]

const isMissingTable = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.message.startsWith('no such table')

/**
 * The column is missing in a generation that an older version made and that is served until the rebuilt one
 * replaces it.
 */
const isMissingColumn = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.message.startsWith('no such column')

const found = ([key, revision, document]: Row): FoundDocument => ({
  key: String(key),
  revision: Number(revision),
  document: JSON.parse(String(document)),
})

const metaSql = 'SELECT value FROM meta WHERE key = ?'
const metaListSql = 'SELECT key, value FROM meta WHERE key >= ? AND key < ? ORDER BY key'

/** Reads through any connection that `statements` gives; a collection that does not exist (yet) is empty. */
export const createReader = (
  statements: () => Statements | undefined,
  marking: (work: () => readonly Row[]) => readonly Row[],
): DocumentReader => {
  const rows = (text: string, values: readonly FieldValue[], look = (row: Row): Row => row): readonly Row[] => {
    try {
      const prepared = statements()?.prepared(text)
      return prepared === undefined ? [] : marking(() => prepared.all(...values).map(look))
    } catch (error) {
      if (isMissingTable(error)) return []
      if (isMissingColumn(error)) throw new UnavailableError('A view is being rebuilt', { cause: error })
      throw error
    }
  }
  return {
    async get(collection, key) {
      return rows(getSql(collection), [key], checked).map(found)[0]
    },
    async find(collection, query) {
      const { text, values } = findSql(collection, query)
      return rows(text, values, checked).map(found)
    },
    async count(collection, query, cap) {
      const { text, values } = countSql(collection, query, cap)
      return Number(rows(text, values)[0]?.[0] ?? 0)
    },
    async getMeta(key) {
      const value = rows(metaSql, [key])[0]?.[0]
      return value === undefined ? undefined : String(value)
    },
    async listMeta(prefix) {
      return rows(metaListSql, [prefix, `${prefix}\u{10FFFF}`]).map(([key, value]) => [String(key), String(value)])
    },
  }
}
