import { join } from 'node:path'
import Database from 'better-sqlite3'
import { decodeGenerations } from '../../src/projections/runner/runner-meta.ts'

const opened = <Result>(directory: string, work: (db: Database.Database) => Result): Result => {
  const db = new Database(join(directory, 'views.db'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const liveOf = (db: Database.Database) =>
  decodeGenerations(db.prepare<[], string>("SELECT value FROM meta WHERE key = 'live'").pluck().get())

/** Every row of every view that is served, as text, whatever the number of its generation and the order in which rows came. */
export const dumpLiveViews = (directory: string): readonly string[] =>
  opened(directory, (db) =>
    [...liveOf(db)]
      .flatMap(([view, { collection }]) => {
        const rows = db.prepare<[], Record<string, unknown>>(`SELECT * FROM "${collection}" ORDER BY key`).all()
        return rows.map(({ id: _, ...row }) => `${view} ${JSON.stringify(row)}`)
      })
      .toSorted(),
  )

/** Puts another text in place of a document, as damage would, while no server runs. Answers the one of before. */
export const replaceDocument = (directory: string, view: string, key: string, text: string): string =>
  opened(directory, (db) => {
    const table = liveOf(db).get(view)?.collection ?? ''
    const before = db.prepare<[string], string>(`SELECT document FROM "${table}" WHERE key = ?`).pluck().get(key)
    if (before === undefined) throw new Error(`${view} has no document ${key}`)
    db.prepare(`UPDATE "${table}" SET document = ? WHERE key = ?`).run(text, key)
    return before
  })
