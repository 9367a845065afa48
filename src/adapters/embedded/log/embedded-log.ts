import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { checkAppend, MAX_APPEND } from '../../../event-log/reading/append-limits.ts'
import { createSubscriptions } from '../../../event-log/reading/pull-subscription.ts'
import { LogError } from '../../../ports/errors/log-error.ts'
import type { EventLog, Position } from '../../../ports/event-log.ts'
import type { SnapshotStore } from '../../../ports/snapshot-store.ts'
import { endThread } from '../../../runtime/end-thread.ts'
import { lockDirectory } from './directory-lock.ts'
import { createDamageWatch, type DamageWatch } from './integrity/damage-watch.ts'
import { digestText } from './integrity/event-checksums.ts'
import type { Evidence } from './integrity/evidence.ts'
import type { LogFinding } from './integrity/finding.ts'
import { createFileReads } from './reading/file-reads.ts'
import { createKeptSlices } from './reading/kept-slices.ts'
import { createTail } from './reading/tail.ts'
import { ensureDirectory, openForReading } from './schema.ts'
import { createGroupCommit } from './writing/group-commit.ts'
import { type LogMeta, prepareFile } from './writing/prepare.ts'
import type { Stored } from './writing/settle-batch.ts'
import type { WriterData } from './writing/writer-worker.ts'

export interface EmbeddedLog extends EventLog {
  readonly snapshots: SnapshotStore
  /** Calls `listener` once for each commit, after its appends have resolved; returns a function that stops this. */
  onHead(listener: (head: Position) => void): () => void
  /**
   * Why appends are refused until the process starts again: damage, with the command that repairs it, or a writer
   * that has stopped. Undefined while they are accepted.
   */
  trouble(): string | undefined
  /** Another thread found damage: appends are refused from now on. */
  reportDamage(finding: LogFinding): void
}

export interface EmbeddedLogOptions {
  /** The data directory; created if it does not exist. */
  readonly directory: string
  /** How many of the last events stay in memory for live readers. */
  readonly recentEvents?: number
  /** Largest size of the database file, in bytes. Beyond it appends reject with `log_full`. */
  readonly maxBytes?: number
  /** What else in the directory knows how far the log had come. */
  readonly evidence?: readonly Evidence[]
  /** Called for all damage that is found while it is open. */
  readonly onDamage?: (finding: LogFinding) => void
  /** See `prepareFile`. */
  readonly onSummed?: (position: number, head: number) => void
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
  const { directory, recentEvents = 8192, maxBytes, onDamage } = options
  const meta = prepareFile(directory, options)
  const worker = await startWriter({ directory, maxBytes })
  try {
    return createEmbeddedLog({
      ...{ meta, worker, recentEvents, release },
      db: openForReading(directory),
      watch: createDamageWatch(onDamage),
    })
  } catch (error) {
    await endThread(worker, 'close')
    throw error
  }
}

const startWriter = async (workerData: WriterData): Promise<Worker> => {
  const worker = new Worker(new URL('./writing/writer-worker.ts', import.meta.url), { workerData, name: 'log-writer' })
  await once(worker, 'message')
  return worker
}

interface Parts {
  readonly meta: LogMeta
  readonly worker: Worker
  readonly db: Database.Database
  readonly recentEvents: number
  readonly watch: DamageWatch
  readonly release: () => void
}

const createEmbeddedLog = ({ meta, worker, db, recentEvents, watch, release }: Parts): EmbeddedLog => {
  const tail = createTail(meta.head, recentEvents)
  const kept = createKeptSlices()
  const file = createFileReads(db, watch, kept)
  const stored: Stored = (part, first) => {
    if (part.events.some(({ blanksTarget, blanksRange }) => blanksTarget === true || blanksRange !== undefined))
      kept.forget(part.stream)
    tail.stored(part, first)
  }
  const commits = createGroupCommit(worker, stored, tail.publish, watch.report)
  const read = (after: Position, upTo: Position, limit: number) =>
    tail.recent.read(after, upTo, limit) ?? file.readAll(after, upTo, limit)
  const subscriptions = createSubscriptions({
    read: (after, limit) => read(after, tail.published(), limit),
    onAdvance: tail.signal.listen,
  })

  const digestOf = (position: number): number | undefined => tail.recent.digestAt(position) ?? file.digestAt(position)

  const digestAt = (position: Position): string | undefined => {
    try {
      const digest = digestOf(Number(position))
      return digest === undefined ? undefined : digestText(digest)
    } catch {
      return undefined
    }
  }

  /** A damaged log is left as it is. */
  const checkWhole = (): void => {
    const line = watch.trouble()
    if (line !== undefined) throw new LogError('log_damaged', line)
  }

  const close = async () => {
    const flushed = commits.close()
    await subscriptions.close()
    await flushed
    db.close()
    release()
  }
  let closing: Promise<void> | undefined

  return {
    epoch: meta.epoch,
    digests: { since: BigInt(meta.plainCheckpoints), at: digestAt },
    maxAppendSize: MAX_APPEND,
    head: async () => tail.durable(),
    readStream: async (slice) => file.readStream(slice),
    readAll: async (after, limit) => read(after, tail.durable(), limit),
    subscribe: subscriptions.subscribe,
    async append(stream, events, expected) {
      checkWhole()
      checkAppend(events, expected)
      return commits.append(stream, events, expected)
    },
    snapshots: {
      load: async (stream) => file.loadSnapshot(stream),
      async save(snapshot) {
        checkWhole()
        await commits.save(snapshot)
      },
    },
    onHead: tail.signal.listen,
    trouble: () => watch.trouble() ?? (commits.healthy() ? undefined : 'the log takes no appends'),
    reportDamage: watch.report,
    close: () => (closing ??= close()),
  }
}
