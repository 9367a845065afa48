import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClientStore, StoreChange } from '../client-store.ts'
import { createDirectoryShelf } from './directory-shelf.ts'
import { openAlone } from './file-lock.ts'
import { moveJournal } from './journal-migration.ts'
import { isOfDisk, openSqliteRecords, type SqliteOptions, type SqliteRecords } from './sqlite-records.ts'
import { createGroupWriter } from './write-batcher.ts'

const settleMs = 1_000

/** Only its owner may read it. */
const create = async (path: string): Promise<void> => (await open(path, 'a', 0o600)).close()

/** The directory of files that wait to be uploaded. */
const filesOf = (path: string): string => `${path}-files`

export interface FileStoreOptions extends SqliteOptions {
  /** Opens the file; default: the one on the disk. */
  readonly openRecords?: typeof openSqliteRecords
}

/**
 * The lock is on a separate file: a program that opens SQLite's file and closes it again releases the locks that
 * SQLite has there, and if SQLite lets two openers try at the same moment, both may fail.
 */
const openFile = async (
  path: string,
  { openRecords = openSqliteRecords, ...options }: FileStoreOptions,
): Promise<{ readonly lock: FileHandle; readonly records: SqliteRecords }> => {
  await mkdir(dirname(path), { recursive: true })
  const lock = await openAlone(`${path}-lock`)
  try {
    await create(path)
    await moveJournal(path)
    return { lock, records: await openRecords(path, options) }
  } catch (thrown) {
    await lock.close()
    throw thrown
  }
}

/**
 * A store in one SQLite file (Node only), durable by fsync. It opens in the same time however much it holds. A
 * second after a write, its files hold nothing of what was replaced or deleted. A journal of earlier versions is
 * moved into it. Rejects with `corrupt_store` when it is damaged, `store_in_use` while another client has it open.
 * After a disk error it opens the file again.
 */
export const createFileStore = (path: string, options: FileStoreOptions = {}): ClientStore => {
  const { openRecords = openSqliteRecords } = options
  let records: SqliteRecords | undefined
  let lock: FileHandle | undefined
  /** The disk has failed: the file has to be opened again. */
  let failed = false
  let settling: NodeJS.Timeout | undefined

  const opened = async (): Promise<SqliteRecords> => {
    if (records === undefined) throw new Error('The store is not open')
    if (!failed) return records
    records.close()
    records = await openRecords(path, options)
    failed = false
    return records
  }
  const attempt = async <Value>(step: (file: SqliteRecords) => Value): Promise<Value> => {
    try {
      return step(await opened())
    } catch (thrown) {
      failed ||= isOfDisk(thrown)
      throw thrown
    }
  }
  /** The next write sees a failure. */
  const settle = () => {
    settling = undefined
    attempt((file) => file.settle()).catch(() => {})
  }
  const commit = async (changes: readonly StoreChange[]) => {
    if (changes.length === 0) return
    await attempt((file) => file.apply(changes))
    settling ??= setTimeout(settle, settleMs).unref()
  }
  const writer = createGroupWriter(commit)

  const begin = async (leftOut: readonly string[]) => {
    ;({ lock, records } = await openFile(path, options))
    try {
      return records.records(leftOut)
    } catch (thrown) {
      await end()
      throw thrown
    }
  }
  const end = async () => {
    clearTimeout(settling)
    settling = undefined
    const ended = records
    records = undefined
    if (ended === undefined) return
    try {
      ended.close()
    } finally {
      await lock?.close()
    }
  }

  return {
    files: createDirectoryShelf(filesOf(path)),
    load: () => begin([]),
    open: async (leftOut) => ({
      records: await begin(leftOut),
      reads: {
        get: (key) => attempt((file) => file.get(key)),
        range: (range) => attempt((file) => file.range(range)),
      },
    }),
    write: (changes) => writer.write(structuredClone(changes)),
    close: async () => {
      await writer.idle()
      await end()
    },
    // The lock's file stays: whoever has just opened it goes by it.
    erase: async () => {
      const held = await openAlone(`${path}-lock`)
      const files = [path, `${path}-wal`, `${path}-shm`, filesOf(path)]
      for (const file of files) await rm(file, { recursive: true, force: true })
      await held.close()
    },
  }
}
