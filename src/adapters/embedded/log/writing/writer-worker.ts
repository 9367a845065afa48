import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createWalEmptying } from '../empty-wal.ts'
import { fileDamage, isCorrupt, isFileTrouble, mendByRepair } from '../integrity/finding.ts'
import { type HeadRecord, openHeadRecorder } from '../integrity/head-record.ts'
import { epochOf, logFile, openForWriting, setMeta } from '../schema.ts'
import type { Answer, BatchFailure, Request, WriterFinding } from './batch.ts'
import { createCommit } from './commit.ts'

/** The writer's thread: one batch in, one answer out, in order. Everything that waits for the disk waits here. */
export interface WriterData {
  readonly directory: string
  readonly maxBytes: number | undefined
}
type ToWriter = Request | 'close'
export type FromWriter = Answer | BatchFailure | WriterFinding | 'ready'

const { directory, maxBytes }: WriterData = workerData
const port = parentPort
if (port === null) throw new Error('writer-worker runs in a worker thread only')
const db = openForWriting(directory, maxBytes)
const emptying = createWalEmptying(db)
const commit = createCommit(db, emptying.plan)
const epoch = epochOf(db)

/** The most time whose records a loss of power can lose. */
const recordSyncMs = 1000

const recordOf = (clean: boolean): HeadRecord => ({ epoch, ...commit.end(), clean })
const recorder = openHeadRecorder(directory, recordOf(false))
setMeta(db, 'recorded', '1')
let recorded = commit.end().position
let isSynced = true

/**
 * After the commit and before the answer: the record is never ahead of the log, and never behind what was
 * acknowledged.
 */
const record = (): void => {
  if (commit.end().position === recorded) return
  recorded = commit.end().position
  isSynced = false
  recorder.write(recordOf(false))
}

/** Errors of a write that never reached the commit record, so nothing can be stored. */
const nothingStored = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_TRUNCATE'])

const say = (message: FromWriter): void => port.postMessage(message)

const failure = (error: unknown): BatchFailure => {
  const { code = '', message } = error as Error & { code?: string }
  if (!code.startsWith('SQLITE_')) throw error
  if (nothingStored.has(code)) return { code: 'log_full', message }
  if (isFileTrouble(error)) say({ finding: fileDamage(error) })
  return { code: isCorrupt(error) ? 'log_damaged' : 'log_unavailable', message }
}

const answerTo = (request: Request): Answer | BatchFailure => {
  try {
    const answer = commit.run(request)
    record()
    return answer
  } catch (error) {
    return failure(error)
  }
}

const inode = (): number | undefined => statSync(logFile(directory), { throwIfNoEntry: false })?.ino
const own = inode()

/**
 * If somebody deletes or replaces the file, this process keeps one without a name: what it writes there is lost
 * with it.
 */
const checkPlace = (): void => {
  if (inode() === own) return
  clearInterval(rhythm)
  const what = 'events.db was deleted or replaced while the server runs'
  say({ finding: { what, lost: 'what is acknowledged from now on would be lost', mend: mendByRepair } })
}

const rhythm = setInterval(() => {
  checkPlace()
  if (isSynced) return
  isSynced = true
  recorder.sync()
}, recordSyncMs)

const close = (): void => {
  clearInterval(rhythm)
  emptying.stop()
  recorder.close(recordOf(emptying.empty()))
  db.close()
  port.close()
}

port.on('message', (message: ToWriter) => {
  if (message === 'close') close()
  else say(answerTo(message))
})
say('ready')
