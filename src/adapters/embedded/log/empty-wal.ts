import type Database from 'better-sqlite3'

/** Soon, and seldom enough for a conversation of deletions. */
const emptyAfterMs = 10_000

/** What was blanked stands in the write-ahead log as it was before: that is emptied a little later. */
export const createWalEmptying = (db: Database.Database) => {
  let timer: NodeJS.Timeout | undefined

  /** Not while a reader is at work: then a little later. */
  const isEmptied = (): boolean => {
    try {
      const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[]
      return result?.busy === 0
    } catch {
      return false
    }
  }
  const plan = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (!isEmptied()) plan()
    }, emptyAfterMs).unref()
  }
  return { plan, stop: () => clearTimeout(timer) }
}
