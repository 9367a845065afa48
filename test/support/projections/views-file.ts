import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sumOf } from '../../../src/adapters/embedded/documents/document-checksums.ts'
import { decodeGenerations } from '../../../src/projections/runner/runner-meta.ts'

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

interface Replacement {
  readonly directory: string
  readonly view: string
  readonly key: string
  /** As damage does it: the checksum stays. */
  readonly keepsSum: boolean
}

const replace = ({ directory, view, key, keepsSum }: Replacement, change: (before: string) => string): string =>
  opened(directory, (db) => {
    const table = liveOf(db).get(view)?.collection ?? ''
    const found = db
      .prepare<[string], { document: string; revision: number; sum: number }>(
        `SELECT document, revision, sum FROM "${table}" WHERE key = ?`,
      )
      .get(key)
    if (found === undefined) throw new Error(`${view} has no document ${key}`)
    const text = change(found.document)
    const sum = keepsSum ? found.sum : sumOf(key, found.revision, text)
    db.prepare(`UPDATE "${table}" SET document = ?, sum = ? WHERE key = ?`).run(text, sum, key)
    return found.document
  })

/** Puts another text in place of a document, as a mistake in a view would, while no server runs. Answers the one of before. */
export const replaceDocument = (directory: string, view: string, key: string, text: string): string =>
  replace({ directory, view, key, keepsSum: false }, () => text)

/** The last digit in a document becomes another one, as a bad disk does it, while no server runs. */
export const damageDocument = (directory: string, view: string, key: string): void => {
  replace({ directory, view, key, keepsSum: true }, (before) =>
    before.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10)),
  )
}
