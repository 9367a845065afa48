import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { checkAppend, MAX_APPEND } from '../../../ports/append-limits.ts'
import type { EventLog, Position } from '../../../ports/event-log.ts'
import { createSubscriptions } from '../../../ports/pull-subscription.ts'
import type { SnapshotStore } from '../../../ports/snapshot-store.ts'
import { lockDirectory } from './directory-lock.ts'
import { createFileReads } from './file-reads.ts'
import { createGroupCommit } from './group-commit.ts'
import type { LogMeta } from './schema.ts'
import { ensureDirectory, openForReading, prepareFile } from './schema.ts'
import { createTail } from './tail.ts'
import type { WriterData } from './writer-worker.ts'

export interface EmbeddedLog extends EventLog {
  readonly snapshots: SnapshotStore
  /** Calls `listener` once for each commit, after its appends have resolved; returns how to stop that. */
  onHead(listener: (head: Position) => void): () => void
  /** False when the writer has stopped or the log is closed: appends are refused until the process starts again. */
  healthy(): boolean
}

export interface EmbeddedLogOptions {
  /** The data directory; created if it does not exist. */
  readonly directory: string
  /** How many of the last events are kept in memory for live readers. */
  readonly recentEvents?: number
  /** Largest size of the database file, in bytes. Beyond it appends reject with `log_full`. */
  readonly maxBytes?: number
}

/** Opens the log in `directory`, the only one that may write to it. Rejects with an `OperatorError` when it cannot. */
export const openEmbeddedLog = async (options: EmbeddedLogOptions): Promise<EmbeddedLog> => {
  ensureDirectory(options.directory)
  const lock = lockDirectory(options.directory)
  try {
    return await openLocked(options, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

const openLocked = async (options: EmbeddedLogOptions, release: () => void): Promise<EmbeddedLog> => {
  const { directory, recentEvents = 8192, maxBytes } = options
  const meta = prepareFile(directory)
  const worker = await startWriter({ directory, maxBytes })
  try {
    return createEmbeddedLog(meta, worker, openForReading(directory), recentEvents, release)
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

const startWriter = async (workerData: WriterData): Promise<Worker> => {
  const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData, name: 'log-writer' })
  await once(worker, 'message')
  return worker
}

const createEmbeddedLog = (
  { epoch, head }: LogMeta,
  worker: Worker,
  db: Database.Database,
  recentEvents: number,
  release: () => void,
): EmbeddedLog => {
  const tail = createTail(head, recentEvents)
  const file = createFileReads(db)
  const commits = createGroupCommit(worker, tail.stored, tail.publish)
  const read = (after: Position, upTo: Position, limit: number) =>
    tail.recent.read(after, upTo, limit) ?? file.readAll(after, upTo, limit)
  const subscriptions = createSubscriptions({
    read: (after, limit) => read(after, tail.published(), limit),
    onAdvance: tail.signal.listen,
  })

  const close = async () => {
    const flushed = commits.close()
    await subscriptions.close()
    await flushed
    db.close()
    release()
  }
  let closing: Promise<void> | undefined

  return {
    epoch,
    maxAppendSize: MAX_APPEND,
    head: async () => tail.durable(),
    readStream: async (slice) => file.readStream(slice),
    readAll: async (after, limit) => read(after, tail.durable(), limit),
    subscribe: subscriptions.subscribe,
    async append(stream, events, expected) {
      checkAppend(events, expected)
      return commits.append(stream, events, expected)
    },
    snapshots: { load: async (stream) => file.loadSnapshot(stream), save: commits.save },
    onHead: tail.signal.listen,
    healthy: commits.healthy,
    close: () => (closing ??= close()),
  }
}
