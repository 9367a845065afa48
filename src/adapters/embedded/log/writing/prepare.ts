import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { OperatorError } from '../../../../ports/errors/operator-error.ts'
import { type Evidence, findContradiction, findMissingLog, findMissingWal } from '../integrity/evidence.ts'
import { fileDamage, isCorrupt, type LogFinding, lineOf, refusalOf } from '../integrity/finding.ts'
import { writeHeadRecord } from '../integrity/head-record.ts'
import { addSumColumns, sumOldEvents } from '../integrity/old-events.ts'
import { createScan, scanAll } from '../integrity/scan.ts'
import { createSchema, digestAt, epochOf, FORMAT, formatOf, headOf, logFile, metaOf } from '../schema.ts'

export interface LogMeta {
  readonly epoch: string
  /** Position of the last event, 0 if there is none. */
  readonly head: number
  /** The digest of the last event. */
  readonly digest: number
  /** Up to here the log issued checkpoints without a digest. */
  readonly plainCheckpoints: number
}

export interface PrepareOptions {
  readonly evidence?: readonly Evidence[]
  /** Evidence outside the log does not count; its own integrity does. */
  readonly asItIs?: true
  /** The log was given up: a new one begins, whatever other files say of the old one. */
  readonly anew?: true
  /** Events without checksums, from a log that is older than these, have got them up to here. */
  readonly onSummed?: (position: number, head: number) => void
}

/** How many of the newest events are checked before the log is open; the others are checked afterwards. */
const CHECKED_AT_START = 20_000

const isNothing = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0

const checkFormat = (format: number, path: string): void => {
  if (format > FORMAT)
    throw new OperatorError(
      `${path} was written by a newer version of Backscroll (format ${format}, this version knows ${FORMAT}): start that version, or choose another data directory`,
    )
  if (format === 1)
    throw new OperatorError(
      `${path} was written by a version of Backscroll that also took messages in plaintext (format 1, this version takes ${FORMAT} alone) and cannot be converted: start that version, or choose another data directory`,
    )
}

const refuse = (finding: LogFinding | undefined): void => {
  if (finding !== undefined) throw refusalOf(finding)
}

const checkNewest = (db: Database.Database, head: number): void => {
  const position = Math.max(0, head - CHECKED_AT_START)
  refuse(scanAll(createScan(db, { position, digest: digestAt(db, position) ?? 0 })))
}

const checkOutside = (db: Database.Database, directory: string, evidence: readonly Evidence[]): void => {
  const recorded = metaOf(db, 'recorded') !== undefined
  const found = { epoch: epochOf(db), head: headOf(db), recorded, digestAt: (at: number) => digestAt(db, at) }
  refuse(findContradiction(directory, found, evidence))
}

/** Reads only: whoever looks for damage finds everything as it was left. */
const check = (directory: string, { evidence = [], asItIs }: PrepareOptions): void => {
  const path = logFile(directory)
  const db = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const format = formatOf(db)
    checkFormat(format, path)
    if (format === 0) refuse(findMissingLog(directory, evidence))
    if (format !== FORMAT) return
    if (asItIs === undefined) checkOutside(db, directory, evidence)
    if (metaOf(db, 'summed') === undefined) checkNewest(db, headOf(db))
  } finally {
    db.close()
  }
}

const bringUp = (db: Database.Database): void => {
  const format = formatOf(db)
  if (format === 0) db.transaction(createSchema).immediate(db)
  if (format === 2) db.transaction(addSumColumns).immediate(db)
}

/**
 * Closing the file removes the write-ahead log. Before that it is recorded that nothing is in it any more, or a
 * start that was killed here would look like a loss.
 */
const settle = (db: Database.Database, directory: string, { epoch, head, digest }: LogMeta): void => {
  const isEmpty = db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
  if (isEmpty) writeHeadRecord(directory, { epoch, position: head, digest, clean: true })
}

const open = (directory: string, { onSummed = () => {} }: PrepareOptions): LogMeta => {
  const db = new Database(logFile(directory))
  try {
    db.pragma('journal_mode = WAL')
    bringUp(db)
    sumOldEvents(db, onSummed)
    const head = headOf(db)
    const plainCheckpoints = Number(metaOf(db, 'plain_checkpoints') ?? 0)
    const meta = { epoch: epochOf(db), head, digest: digestAt(db, head) ?? 0, plainCheckpoints }
    settle(db, directory, meta)
    return meta
  } finally {
    db.close()
  }
}

const prepare = (directory: string, options: PrepareOptions): LogMeta => {
  if (isNothing(logFile(directory))) {
    if (options.anew === undefined) refuse(findMissingLog(directory, options.evidence ?? []))
  } else {
    if (options.asItIs === undefined) refuse(findMissingWal(directory))
    check(directory, options)
  }
  return open(directory, options)
}

const unusable = (path: string, cause: unknown): OperatorError => {
  const { message } = cause as Error
  const advice = isCorrupt(cause)
    ? `is not an event log or is damaged: ${lineOf(fileDamage(cause))}`
    : `cannot be opened (${message}): check the permissions and the free space of the data directory`
  return new OperatorError(`${path} ${advice}`, { cause })
}

/**
 * Creates the file if it is new, in one transaction, and brings an older one up to date. Throws an `OperatorError`,
 * and leaves everything as it was, for another format, anything that is not an event log, and a log that is damaged
 * or incomplete: evidence outside contradicts it, or its newest events are not what was stored.
 */
export const prepareFile = (directory: string, options: PrepareOptions = {}): LogMeta => {
  try {
    return prepare(directory, options)
  } catch (cause) {
    throw cause instanceof OperatorError ? cause : unusable(logFile(directory), cause)
  }
}
