import type { Worker } from 'node:worker_threads'
import { LogError } from '../../../../ports/errors/log-error.ts'
import type { Appended, ExpectedRevision, NewEvent } from '../../../../ports/event-log.ts'
import type { Snapshot } from '../../../../ports/snapshot-store.ts'
import type { LogFinding } from '../integrity/finding.ts'
import type { Request } from './batch.ts'
import { putAppend, putSnapshot } from './batch.ts'
import type { Part, Stored } from './settle-batch.ts'
import { settleBatch } from './settle-batch.ts'
import type { FromWriter } from './writer-worker.ts'

export interface GroupCommit {
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>
  save(snapshot: Snapshot): Promise<void>
  /** False once the writer has stopped; every append is refused then. */
  healthy(): boolean
  /** Stores what waits, then ends the writer. */
  close(): Promise<void>
}

interface Batch {
  readonly parts: Part[]
  readonly request: Request
}

const emptyBatch = (): Batch => ({ parts: [], request: [] })

/**
 * Collects appends while a commit is in flight and sends them as one batch when it returns: one fsync for all. With
 * nothing in flight it waits for the end of the current turn of the event loop, so that appends of the same turn
 * share a commit.
 */
export const createGroupCommit = (
  worker: Worker,
  stored: Stored,
  batchDone: () => void,
  onFinding: (finding: LogFinding) => void = () => {},
): GroupCommit => {
  let waiting = emptyBatch()
  let inFlight: Batch | undefined
  let scheduled = false
  let refusal: LogError | undefined
  let idle = () => {}
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))

  const post = () => {
    scheduled = false
    if (inFlight !== undefined) return
    if (waiting.parts.length === 0) return idle()
    inFlight = waiting
    waiting = emptyBatch()
    worker.postMessage(inFlight.request)
  }

  const schedule = () => {
    if (scheduled || inFlight !== undefined) return
    scheduled = true
    setImmediate(post)
  }

  const put = (stream: string, events: readonly NewEvent[], encode: (request: Request) => void) =>
    new Promise<Appended>((resolve, reject) => {
      if (refusal !== undefined) return reject(refusal)
      encode(waiting.request)
      waiting.parts.push({ stream, events, resolve, reject })
      schedule()
    })

  const stopped = (reason: string) => {
    refusal ??= new LogError('log_unavailable', `The log's writer stopped: ${reason}`)
    for (const { reject } of [...(inFlight?.parts ?? []), ...waiting.parts]) reject(refusal)
    inFlight = undefined
    waiting = emptyBatch()
    idle()
  }

  worker.on('message', (answer: FromWriter) => {
    if (typeof answer === 'object' && 'finding' in answer) return onFinding(answer.finding)
    const batch = inFlight
    if (batch === undefined || answer === 'ready') return
    inFlight = undefined
    post()
    if (Array.isArray(answer)) settleBatch(batch.parts, answer, stored)
    else for (const { reject } of batch.parts) reject(new LogError(answer.code, answer.message))
    batchDone()
  })
  worker.on('error', (error) => stopped(String(error)))
  worker.on('exit', (code) => stopped(`exit code ${code}`))

  return {
    append: (stream, events, expected) =>
      put(stream, events, (request) => putAppend(request, stream, events, expected)),
    async save(snapshot) {
      await put(snapshot.stream, [], (request) => putSnapshot(request, snapshot))
    },
    healthy: () => refusal === undefined,
    async close() {
      refusal ??= new LogError('log_unavailable', 'The log is closed')
      await new Promise<void>((resolve) => {
        idle = resolve
        setImmediate(post)
      })
      worker.postMessage('close')
      await exited
    },
  }
}
