import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { appendLine, journalLine, readJournal } from './file-journal.ts'
import { lockFile } from './file-lock.ts'
import { createGroupWriter } from './group-writes.ts'
import { applyChanges, type ClientStore, type StoreChange } from './store.ts'

/** Below this size a journal is not worth compacting. */
const smallest = 256 * 1024

const readOrEmpty = async (path: string): Promise<Buffer> => {
  try {
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return Buffer.alloc(0)
    throw thrown
  }
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}

/** Writes the whole state beside the journal and renames it over: a crash leaves the old one or the new one. */
const compact = async (
  path: string,
  records: ReadonlyMap<string, unknown>,
): Promise<{ file: FileHandle; bytes: number }> => {
  const file = await open(`${path}.new`, 'w', 0o600)
  const bytes = await appendLine(file, journalLine([...records].map(([key, value]) => ({ key, value }))), 0)
  await rename(`${path}.new`, path)
  await syncDirectory(path)
  return { file, bytes }
}

/**
 * A store in one file (Node only): an append-only journal, each write followed by fsync, compacted when most of it is outdated. A line
 * that a crash cut off is dropped at the next start. Rejects with `corrupt_store` when it is damaged elsewhere, `store_in_use` while another process has it open.
 */
export const createFileStore = (path: string): ClientStore => {
  const records = new Map<string, unknown>()
  let file: FileHandle | undefined
  let unlock = async () => {}
  let bytes = 0
  let compactAt = smallest

  const rewrite = async () => {
    const compacted = await compact(path, records)
    await file?.close()
    file = compacted.file
    bytes = compacted.bytes
    compactAt = Math.max(smallest, bytes * 4)
  }
  const commit = async (changes: readonly StoreChange[]) => {
    if (file === undefined) throw new Error('The store is not open')
    bytes = await appendLine(file, journalLine(changes), bytes)
    applyChanges(records, changes)
    // The append is durable: a compaction that fails costs only space, and is tried again with the next write.
    if (bytes > compactAt) await rewrite().catch(() => {})
  }
  const writer = createGroupWriter(commit)

  return {
    load: async () => {
      await mkdir(dirname(path), { recursive: true })
      unlock = await lockFile(`${path}.lock`)
      for (const group of readJournal(await readOrEmpty(path)).groups) applyChanges(records, group)
      await rewrite()
      return new Map(records)
    },
    write: (changes) => writer.write(structuredClone(changes)),
    close: async () => {
      await writer.idle()
      await file?.close()
      file = undefined
      await unlock()
    },
  }
}
