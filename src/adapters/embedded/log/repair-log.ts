import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { lockDirectory } from './directory-lock.ts'
import { type DiagnoseOptions, diagnose } from './integrity/diagnose.ts'
import type { LogFinding } from './integrity/finding.ts'
import { readHeadRecord } from './integrity/head-record.ts'
import { type Salvaged, salvage } from './integrity/salvage.ts'
import { beginEpoch, recordEnd } from './renew-epoch.ts'
import { headOf, logFile } from './schema.ts'
import { prepareFile } from './writing/prepare.ts'

export interface RepairOptions extends DiagnoseOptions {
  /** What is damaged or missing is given up for good. */
  readonly acceptLoss: boolean
  /** Milliseconds since the Unix epoch: for the names of files that are put aside. */
  readonly now: number
}

export type Repair =
  | { readonly outcome: 'whole'; readonly events: number }
  /** Nothing was lost. The record of the log's end was missing, and has been written again. */
  | { readonly outcome: 'recorded'; readonly events: number }
  /** Nothing was done: it needs `acceptLoss`. */
  | { readonly outcome: 'refused'; readonly finding: LogFinding }
  /** The log has a new epoch. `aside`: where the damaged file is now. */
  | {
      readonly outcome: 'mended'
      readonly finding: LogFinding
      readonly salvaged: Salvaged | undefined
      readonly aside: string | undefined
      readonly epoch: string
    }

const suffixes = ['', '-wal', '-shm'] as const

const putAside = (directory: string, now: number): string | undefined => {
  const path = logFile(directory)
  const aside = `${path}.damaged-${now}`
  for (const suffix of suffixes) if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`)
  const record = join(directory, 'events.head')
  if (existsSync(record)) renameSync(record, `${record}.damaged-${now}`)
  return existsSync(aside) ? aside : undefined
}

/** The last position that anything knows of. */
const knownEnd = (directory: string): number => {
  const record = readHeadRecord(directory)
  const recorded = typeof record === 'object' ? record.position : 0
  const db = new Database(logFile(directory), { readonly: true, fileMustExist: true })
  try {
    return Math.max(recorded, headOf(db))
  } catch {
    return recorded
  } finally {
    db.close()
  }
}

const trySalvage = (directory: string, draft: string, { onProgress }: RepairOptions): Salvaged | undefined => {
  try {
    return salvage({ from: logFile(directory), to: draft, end: knownEnd(directory), onProgress })
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    rmSync(draft, { force: true })
    return undefined
  }
}

const rebuild = (directory: string, finding: LogFinding, options: RepairOptions): Repair => {
  const draft = `${logFile(directory)}.repaired`
  rmSync(draft, { force: true })
  const salvaged = trySalvage(directory, draft, options)
  const aside = putAside(directory, options.now)
  if (salvaged !== undefined) renameSync(draft, logFile(directory))
  else prepareFile(directory, { asItIs: true, anew: true })
  return { outcome: 'mended', finding, salvaged, aside, epoch: beginEpoch(directory).after }
}

const mend = (directory: string, options: RepairOptions): Repair => {
  const { finding, isWholeInside, events } = diagnose(directory, options)
  if (finding === undefined) return { outcome: 'whole', events }
  if (isWholeInside && finding.isHarmless) {
    recordEnd(directory)
    return { outcome: 'recorded', events }
  }
  if (!options.acceptLoss) return { outcome: 'refused', finding }
  if (!isWholeInside) return rebuild(directory, finding, options)
  const epoch = beginEpoch(directory).after
  return { outcome: 'mended', finding, salvaged: undefined, aside: undefined, epoch }
}

/**
 * Checks the whole log and repairs what can be repaired. It gives up what is damaged or missing only with
 * `acceptLoss`: then it keeps what can be read, puts the damaged file aside, and begins a new epoch, so that
 * devices take a snapshot instead of missing events. Throws an `OperatorError` while a server runs on it.
 */
export const repairLog = (directory: string, options: RepairOptions): Repair => {
  const lock = lockDirectory(directory)
  try {
    return mend(directory, options)
  } finally {
    lock.release()
  }
}
