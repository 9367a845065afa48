import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openAlone } from './file-lock.ts'
import { readJournal } from './journal-content.ts'
import { openSqliteRecords } from './sqlite-records.ts'

const sqliteHead = 'SQLite format 3\0'
/** How many records are written at once. */
const batch = 1_000

const headOf = async (file: FileHandle): Promise<string> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sqliteHead.length), 0, sqliteHead.length, 0)
  return buffer.toString('latin1', 0, bytesRead)
}

const isJournal = async (path: string): Promise<boolean> => {
  const file = await open(path, 'r')
  const head = await headOf(file).finally(() => file.close())
  return head !== '' && head !== sqliteHead
}

/** Windows does not open directories, and needs no such step. */
const syncDirectory = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}

const copyInto = async (path: string, records: ReadonlyMap<string, unknown>): Promise<void> => {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true })
  await (await open(path, 'wx', 0o600)).close()
  const copy = await openSqliteRecords(path)
  try {
    const changes = [...records].map(([key, value]) => ({ key, value }))
    for (let at = 0; at < changes.length; at += batch) copy.apply(changes.slice(at, at + batch))
    copy.settle()
  } finally {
    copy.close()
  }
}

/**
 * Earlier versions kept a store as a journal, which had to be read whole at each start. It is copied to a new file,
 * and the copy takes its place: a crash leaves one or the other. Rejects with `corrupt_store`, and with
 * `store_in_use` while an earlier version has it open.
 */
export const moveJournal = async (path: string): Promise<void> => {
  if (!(await isJournal(path))) return
  const file = await openAlone(path)
  try {
    // Another opener may have moved it meanwhile.
    if ((await headOf(file)) === sqliteHead) return
    await copyInto(`${path}.new`, await readJournal(file))
    await rename(`${path}.new`, path)
    await syncDirectory(path)
  } finally {
    await file.close()
  }
}
