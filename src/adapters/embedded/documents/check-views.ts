import Database from 'better-sqlite3'
import type { Document, FieldValue } from '../../../ports/document-store.ts'
import { checked, DamagedDocument } from './damage.ts'
import { quoted } from './sql.ts'
import { pathOf } from './views-file.ts'

const tablesSql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%sum INTEGER NOT NULL%'"

/** By columns; those of fields begin with `f_`. */
type Row = Readonly<Record<string, FieldValue>>

const fieldPrefix = 'f_'

/** Whether the columns by which a document is found agree with the document. */
const checkFields = (row: Row): void => {
  if (typeof row.document !== 'string') return
  const document: Document = JSON.parse(row.document)
  for (const [name, value] of Object.entries(row))
    if (name.startsWith(fieldPrefix) && value !== (document[name.slice(fieldPrefix.length)] ?? null))
      throw new DamagedDocument(String(row.key))
}

const lookAt = (file: Database.Database): number => {
  const answer = String(file.pragma('integrity_check(1)', { simple: true }))
  if (answer !== 'ok') throw new Error(answer)
  let documents = 0
  for (const table of file.prepare<[], string>(tablesSql).pluck().all()) {
    for (const row of file.prepare<[], Row>(`SELECT * FROM ${quoted(table)}`).iterate()) {
      checked([row.key ?? null, row.revision ?? null, row.document ?? null, row.sum ?? null])
      checkFields(row)
      documents += 1
    }
  }
  return documents
}

/**
 * Checks all of `views.db`, beside whatever process has it open. Answers how many documents are intact; throws at
 * the first that is not.
 */
export const checkViewsFile = (directory: string): number => {
  const file = new Database(pathOf(directory), { readonly: true, fileMustExist: true })
  try {
    return lookAt(file)
  } finally {
    file.close()
  }
}
