import type Database from 'better-sqlite3'

/** Soon, but rarely enough for a conversation with many deletions. */
const emptyAfterMs = 10_000

/** The write-ahead log still holds what was blanked: it is emptied a little later. */
export const createWalEmptying = (db: Database.Database) => {
  let timer: NodeJS.Timeout | undefined

  /** Whether all of the log is in its file now: not while a reader is at work. */
  const empty = (): boolean => {
    try {
      return db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
    } catch {
      return false
    }
  }
  const plan = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (!empty()) plan()
    }, emptyAfterMs).unref()
  }
  return { empty, plan, stop: () => clearTimeout(timer) }
}
