import type Database from 'better-sqlite3'
import { FORMAT, headOf, metaOf, setMeta } from '../schema.ts'
import { chainDigest, EMPTY_DIGEST, sumOfBody, sumOfEvent } from './event-checksums.ts'
import { CHAINED_COLUMNS, type ChainedRow } from './rows.ts'

/**
 * Events in one transaction: a log of any length takes limited memory, and a process that ends is continued where
 * it was.
 */
const EVENTS_A_STEP = 2000

/**
 * From format 2, which has no checksums. Its snapshots have none either and are made again. Its checkpoints hold no
 * digest, and are believed up to its head.
 */
export const addSumColumns = (db: Database.Database): void => {
  for (const column of ['body_sum', 'sum', 'digest']) db.exec(`ALTER TABLE events ADD COLUMN ${column} INTEGER`)
  db.exec('DELETE FROM snapshots; ALTER TABLE snapshots ADD COLUMN sum INTEGER')
  setMeta(db, 'plain_checkpoints', `${headOf(db)}`)
  setMeta(db, 'summed', '0')
  db.pragma(`user_version = ${FORMAT}`)
}

const createStep = (db: Database.Database): (() => number | undefined) => {
  const page = db.prepare<[number, number], ChainedRow>(
    `SELECT ${CHAINED_COLUMNS} FROM events JOIN streams ON streams.id = events.stream
     WHERE position > ? ORDER BY position LIMIT ?`,
  )
  const digestOf = db.prepare<[number], number>('SELECT digest FROM events WHERE position = ?').pluck()
  const update = db.prepare<[number | null, number, number, number]>(
    'UPDATE events SET body_sum = ?, sum = ?, digest = ? WHERE position = ?',
  )
  return () => {
    const done = Number(metaOf(db, 'summed'))
    const rows = page.all(done, EVENTS_A_STEP)
    let digest = done === 0 ? EMPTY_DIGEST : (digestOf.get(done) ?? EMPTY_DIGEST)
    for (const row of rows) {
      const bodySum = sumOfBody(row.body)
      const sum = sumOfEvent(row, bodySum)
      digest = chainDigest(digest, sum)
      update.run(bodySum, sum, digest, row.position)
    }
    const last = rows.at(-1)?.position
    if (last === undefined) db.exec(`DELETE FROM meta WHERE key = 'summed'`)
    else setMeta(db, 'summed', `${last}`)
    return last
  }
}

/** Gives the events of an older log their checksums, as they are found; does nothing for any other. */
export const sumOldEvents = (db: Database.Database, onSummed: (position: number, head: number) => void): void => {
  if (metaOf(db, 'summed') === undefined) return
  const head = headOf(db)
  const step = db.transaction(createStep(db))
  for (let position = step.immediate(); position !== undefined; position = step.immediate()) onSummed(position, head)
}
