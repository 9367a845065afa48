import type { Database, Statement } from 'better-sqlite3'
import type { FieldValue } from '../../../ports/document-store.ts'

type Row = readonly FieldValue[]
type Prepared = Statement<FieldValue[], Row>

/** Query shapes come from code, not from users: there are a few dozen. The limit is for safety only. */
const capacity = 500

/** Prepares each SQL text once; rows come as arrays of columns. */
export const createStatements = (database: Database) => {
  const cache = new Map<string, Prepared>()
  const prepare = (text: string): Prepared => {
    if (cache.size >= capacity) cache.clear()
    const statement = database.prepare<FieldValue[], Row>(text)
    if (statement.reader) statement.raw()
    cache.set(text, statement)
    return statement
  }
  return { prepared: (text: string): Prepared => cache.get(text) ?? prepare(text), clear: () => cache.clear() }
}

export type Statements = ReturnType<typeof createStatements>
