import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createAlone, openAlone } from './file-lock.ts'
import { createGroupWriter } from './group-writes.ts'
import { type Place, readJournal } from './journal-content.ts'
import { append, overwrite, readValue, type Written, writeRecords } from './journal-writes.ts'
import type { ClientStore, StoreChange } from './store.ts'

/** Below this size a journal is not worth compacting. */
const smallest = 256 * 1024
/** A file is never without a line: what was cut off to nothing is not taken for a new store. */
const nothing = { key: '', value: () => Buffer.alloc(0) }

/** Windows does not open directories, and needs no such thing. */
const syncDirectory = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}

interface Journal {
  readonly file: FileHandle
  readonly places: Map<string, Place>
  readonly bytes: number
  readonly write: number
  /** The size from which it is compacted. */
  readonly compactAt: number
}

type Values = readonly { readonly key: string; readonly value: () => Promise<Buffer> | Buffer }[]

/** Writes the whole state beside the journal and renames it over: a crash leaves the old one or the new one. */
const replace = async (path: string, values: Values): Promise<Journal> => {
  const file = await createAlone(`${path}.new`)
  try {
    const { end, places } = await writeRecords(file, { at: 0, write: 0 }, values.length > 0 ? values : [nothing])
    await file.datasync()
    await rename(`${path}.new`, path)
    return { file, places: known(new Map(), places), bytes: end, write: 0, compactAt: Math.max(smallest, end * 4) }
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

const known = (into: Map<string, Place>, places: Written['places']): Map<string, Place> => {
  for (const [key, place] of places)
    if (place === undefined) into.delete(key)
    else into.set(key, place)
  return into
}

/** The newest change of each key: none of a write is outdated by the same write. */
const newest = (changes: readonly StoreChange[]): readonly StoreChange[] => [
  ...new Map(changes.map((change) => [change.key, change])).values(),
]

const readInto = async (
  path: string,
  file: FileHandle,
): Promise<{ journal: Journal; records: Map<string, unknown> }> => {
  const { records, places, outdated, bytes, write, isStale } = await readJournal(file)
  const compactAt = Math.max(smallest, bytes * 2)
  if (!isStale) {
    await overwrite(file, outdated)
    return { records, journal: { file, places, bytes, write, compactAt } }
  }
  const values = [...records].map(([key, value]) => ({ key, value: () => Buffer.from(JSON.stringify(value)) }))
  const journal = await replace(path, values)
  await file.close()
  await syncDirectory(path)
  return { records, journal }
}

/**
 * A store in one file (Node only): an append-only journal, each write followed by fsync, compacted when most of it is outdated. What a write has replaced or
 * deleted is overwritten where it stood: of old keys and deleted messages nothing stays in the file. A write that a crash cut off
 * is dropped at the next start. Rejects with `corrupt_store` when it is damaged elsewhere, `store_in_use` while another client has it open.
 */
export const createFileStore = (path: string): ClientStore => {
  let journal: Journal | undefined

  /** Before it is in place, a failure costs only space: it is tried again with the next write. After that there is no way back. */
  const compact = async (old: Journal) => {
    const values = [...old.places].map(([key, place]) => ({ key, value: () => readValue(old.file, place) }))
    const compacted = await replace(path, values).catch(() => undefined)
    if (compacted === undefined) return
    journal = undefined
    await old.file.close()
    await syncDirectory(path)
    journal = compacted
  }
  const commit = async (changes: readonly StoreChange[]) => {
    if (journal === undefined) throw new Error('The store is not open')
    const { file, places, bytes, write } = journal
    const fresh = newest(changes)
    if (fresh.length === 0) return
    const written = await append(file, { at: bytes, write: write + 1 }, fresh)
    const outdated = fresh.flatMap(({ key }) => places.get(key) ?? [])
    known(places, written.places)
    journal = { ...journal, bytes: written.end, write: write + 1 }
    // The append is durable. What is not overwritten now is at the next start.
    if (journal.bytes > journal.compactAt) await compact(journal)
    else await overwrite(file, outdated).catch(() => {})
  }
  const writer = createGroupWriter(commit)

  return {
    load: async () => {
      await mkdir(dirname(path), { recursive: true })
      const file = await openAlone(path)
      try {
        const found = await readInto(path, file)
        journal = found.journal
        return found.records
      } catch (thrown) {
        await file.close()
        throw thrown
      }
    },
    write: (changes) => writer.write(structuredClone(changes)),
    close: async () => {
      await writer.idle()
      await journal?.file.datasync()
      await journal?.file.close()
      journal = undefined
    },
  }
}
