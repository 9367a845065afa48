import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { digestAt, epochOf, FORMAT, formatOf, headOf, logFile, metaOf } from '../schema.ts'
import { type Evidence, findContradiction, findMissingLog, findMissingWal } from './evidence.ts'
import { fileDamage, isFileTrouble, type LogFinding } from './finding.ts'
import { createScan } from './scan.ts'

export interface Diagnosis {
  /** The first thing that is wrong; undefined when nothing is. */
  readonly finding: LogFinding | undefined
  /** Whether the log is intact in itself. Its end may still be missing. */
  readonly isWholeInside: boolean
  readonly events: number
}

export interface DiagnoseOptions {
  readonly evidence: readonly Evidence[]
  readonly onProgress: (position: number, head: number) => void
}

const stepSize = 1000

const scanWhole = (db: Database.Database, onProgress: DiagnoseOptions['onProgress']) => {
  const head = headOf(db)
  const scan = createScan(db)
  for (;;) {
    const found = scan.step(stepSize)
    onProgress(scan.position(), head)
    if (found === 'more') continue
    return { events: scan.position(), flaw: found === 'end' ? undefined : found }
  }
}

const otherFormat = (format: number): LogFinding => ({
  what: `events.db has format ${format}, and only one of format ${FORMAT} can be looked at`,
  lost: 'nothing is known',
  mend: 'start the server once, which brings an older log up to date',
})

const inspect = (db: Database.Database, directory: string, { evidence, onProgress }: DiagnoseOptions): Diagnosis => {
  const format = formatOf(db)
  if (format !== FORMAT || metaOf(db, 'summed') !== undefined)
    return { finding: otherFormat(format), isWholeInside: false, events: 0 }
  const recorded = metaOf(db, 'recorded') !== undefined
  // Read before the log is, so that a running server may go on meanwhile.
  const found = { epoch: epochOf(db), head: headOf(db), recorded, digestAt: (at: number) => digestAt(db, at) }
  const contradiction = findContradiction(directory, found, evidence)
  const { events, flaw } = scanWhole(db, onProgress)
  return { finding: flaw ?? contradiction, isWholeInside: flaw === undefined, events }
}

const isNothing = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0

const opened = (directory: string, options: DiagnoseOptions): Diagnosis => {
  const db = new Database(logFile(directory), { readonly: true, fileMustExist: true })
  try {
    return inspect(db, directory, options)
  } finally {
    db.close()
  }
}

/** Checks the whole log, and what is known of it outside. Reads only; a server may be running on it. */
export const diagnose = (directory: string, options: DiagnoseOptions): Diagnosis => {
  if (isNothing(logFile(directory)))
    return { finding: findMissingLog(directory, options.evidence), isWholeInside: false, events: 0 }
  const walMissing = findMissingWal(directory)
  try {
    const { finding, ...rest } = opened(directory, options)
    return { ...rest, finding: finding ?? walMissing }
  } catch (error) {
    if (!isFileTrouble(error) && !(error instanceof Database.SqliteError)) throw error
    return { finding: walMissing ?? fileDamage(error), isWholeInside: false, events: 0 }
  }
}
