import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, BatchFailure, Request } from './batch.ts'
import { createCommit } from './commit.ts'
import { openForWriting } from './schema.ts'

/** The writer's thread: one batch in, one answer out, in order. Everything that waits for the disk waits here. */
export interface WriterData {
  readonly directory: string
  readonly maxBytes: number | undefined
}
type ToWriter = Request | 'close'
export type FromWriter = Answer | BatchFailure | 'ready'

const { directory, maxBytes }: WriterData = workerData
const port = parentPort
if (port === null) throw new Error('writer-worker runs in a worker thread only')
const db = openForWriting(directory, maxBytes)
const commit = createCommit(db)

/** Errors of a write that never got to the commit record, so that nothing can be stored. */
const nothingStored = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_TRUNCATE'])

const failure = (error: unknown): BatchFailure => {
  const { code = '', message } = error as Error & { code?: string }
  if (!code.startsWith('SQLITE_')) throw error
  return { code: nothingStored.has(code) ? 'log_full' : 'log_unavailable', message }
}

const answerTo = (request: Request): Answer | BatchFailure => {
  try {
    return commit(request)
  } catch (error) {
    return failure(error)
  }
}

port.on('message', (message: ToWriter) => {
  if (message === 'close') {
    db.close()
    port.close()
  } else port.postMessage(answerTo(message))
})
port.postMessage('ready')
