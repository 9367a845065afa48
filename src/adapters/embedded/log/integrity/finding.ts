import Database from 'better-sqlite3'
import { OperatorError } from '../../../../ports/errors/operator-error.ts'

/**
 * What is wrong with a log. The line says what is damaged, what is lost, and which command repairs it. Everybody
 * may see it: it names no user and no stream.
 */
export interface LogFinding {
  readonly what: string
  readonly lost: string
  readonly mend: string
  /** Nothing is known to be lost once the whole log was checked. */
  readonly isHarmless?: true
}

const restore = 'restore a backup and run `backscroll renew-epoch`'

/** What can be read is kept; the rest is given up. */
export const mendByRepair = `${restore}, or accept the loss with \`backscroll log repair --accept-loss\``

export const lineOf = ({ what, lost, mend }: LogFinding): string => `${what}; ${lost}: ${mend}`

export const refusalOf = (finding: LogFinding): OperatorError => new OperatorError(lineOf(finding))

export const eventDamage = (place: string, what: string): LogFinding => ({
  what: `The event log is damaged: ${what} at ${place}`,
  lost: 'what is there cannot be believed',
  mend: mendByRepair,
})

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : '')

/** SQLite says that the file is damaged. */
export const isCorrupt = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))

/**
 * The file cannot be read, or what was read cannot be right. Other errors of SQLite are the caller's mistakes, or
 * temporary.
 */
export const isFileTrouble = (error: unknown): boolean => isCorrupt(error) || codeOf(error).startsWith('SQLITE_IOERR')

export const fileDamage = (error: unknown): LogFinding => ({
  what: `The event log is damaged: events.db cannot be read (${error instanceof Error ? error.message : String(error)})`,
  lost: 'some of its events are lost or out of reach',
  mend: isCorrupt(error) ? mendByRepair : `look at the disk, then ${mendByRepair}`,
})
