import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { digestText } from './event-checksums.ts'
import { type LogFinding, mendByRepair } from './finding.ts'
import { type HeadRecord, headRecordPath, readHeadRecord } from './head-record.ts'

/** Something outside the log that shows how far it had come at least. */
export interface Evidence {
  /** The name that people know, such as `views.db`. */
  readonly source: string
  readonly epoch: string
  readonly position: number
}

/** What the log states about itself. */
export interface FoundLog {
  readonly epoch: string
  readonly head: number
  /** A record was made once: from then on there is always one. */
  readonly recorded: boolean
  digestAt(position: number): number | undefined
}

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size

const walSize = (directory: string): number | undefined => sizeOf(join(directory, 'events.db-wal'))

const hasBlobs = (directory: string): boolean => {
  try {
    const folders = readdirSync(join(directory, 'blobs')).filter((name) => /^[0-9a-f]{2}$/.test(name))
    return folders.some((folder) => readdirSync(join(directory, 'blobs', folder)).length > 0)
  } catch {
    return false
  }
}

/** Names of the files that would not be there without a log. */
const witnesses = (directory: string, evidence: readonly Evidence[]): readonly string[] => [
  ...(readHeadRecord(directory) === 'missing' ? [] : ['events.head']),
  ...((walSize(directory) ?? 0) > 0 ? ['events.db-wal'] : []),
  ...(hasBlobs(directory) ? ['blobs'] : []),
  ...new Set(evidence.filter(({ position }) => position > 0).map(({ source }) => source)),
]

/** For a directory without `events.db`, or with an empty one: undefined when nothing shows that there was a log. */
export const findMissingLog = (directory: string, evidence: readonly Evidence[]): LogFinding | undefined => {
  const found = witnesses(directory, evidence)
  if (found.length === 0) return undefined
  return {
    what: `${join(directory, 'events.db')} is missing or empty beside ${found.join(', ')}`,
    lost: 'the whole event log is lost',
    mend: mendByRepair,
  }
}

const count = (events: number): string => (events === 1 ? '1 event' : `${events} events`)

const endMissing = (source: string, head: number, known: number): LogFinding => ({
  what: `The event log ends at position ${head}, and ${source} knows position ${known}: its end is damaged, or it is an older copy`,
  lost: `${count(known - head)} that may have been acknowledged ${known - head === 1 ? 'is' : 'are'} missing`,
  mend: mendByRepair,
})

const otherLog = (record: HeadRecord, { epoch }: FoundLog): LogFinding => ({
  what: `events.db has the epoch ${epoch} and events.head ${record.epoch}: one of them is another log's`,
  lost: 'what was acknowledged may be missing',
  mend: 'put back the file that belongs here, or run `backscroll renew-epoch` to take events.db as it is',
})

const otherHistory = ({ position, digest }: HeadRecord): LogFinding => ({
  what: `The event log has another history than events.head recorded at position ${position} (${digestText(digest)})`,
  lost: 'what was acknowledged may be missing',
  mend: mendByRepair,
})

const noRecord = (directory: string, state: string): LogFinding => ({
  what: `${headRecordPath(directory)} is ${state}`,
  lost: 'that the end of the log is whole cannot be proved without it',
  mend: 'run `backscroll log repair`, which looks at the whole log and records its end',
  isHarmless: true,
})

const walMissing = (): LogFinding => ({
  what: 'The log was not closed in order, and its write-ahead log events.db-wal is missing',
  lost: 'the newest acknowledged events may be lost',
  mend: mendByRepair,
})

const againstRecord = (record: HeadRecord, log: FoundLog): LogFinding | undefined => {
  if (record.epoch !== log.epoch) return otherLog(record, log)
  if (record.position > log.head) return endMissing('events.head', log.head, record.position)
  return log.digestAt(record.position) === record.digest ? undefined : otherHistory(record)
}

/** Before anything is opened, because opening makes a new write-ahead log. */
export const findMissingWal = (directory: string): LogFinding | undefined => {
  const record = readHeadRecord(directory)
  const open = typeof record === 'object' && !record.clean
  return open && walSize(directory) === undefined ? walMissing() : undefined
}

/** What the record of the log's end and other evidence say against a log. */
export const findContradiction = (
  directory: string,
  log: FoundLog,
  evidence: readonly Evidence[],
): LogFinding | undefined => {
  const record = readHeadRecord(directory)
  if (typeof record === 'string') {
    // A first start that was cut off may have left half a record.
    if (log.recorded) return noRecord(directory, record)
  } else {
    const finding = againstRecord(record, log)
    if (finding !== undefined) return finding
  }
  const ahead = evidence.find(({ epoch, position }) => epoch === log.epoch && position > log.head)
  return ahead && endMissing(ahead.source, log.head, ahead.position)
}
