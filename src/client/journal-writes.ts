import type { FileHandle } from 'node:fs/promises'
import { headOf, jsonOf } from './file-journal.ts'
import type { Place } from './journal-content.ts'
import type { StoreChange } from './store.ts'

/** Bytes that are held at once while much is written. */
const chunk = 1024 * 1024

const writeAll = async (file: FileHandle, bytes: Buffer, at: number): Promise<void> => {
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, at)
  if (bytesWritten !== bytes.length) throw new Error('The file took only a part of the write')
}

/** A record as bytes, or a place of another file from which its value is copied. */
export interface Written {
  readonly end: number
  /** Undefined: the key was deleted. */
  readonly places: ReadonlyMap<string, Place | undefined>
}

/** Writes records as one write, chunk by chunk. Not durable yet. */
export const writeRecords = async (
  file: FileHandle,
  { at, write }: { readonly at: number; readonly write: number },
  records: readonly { readonly key: string; readonly value: () => Promise<Buffer> | Buffer }[],
): Promise<Written> => {
  const places = new Map<string, Place | undefined>()
  let [end, started, size] = [at, at, 0]
  let parts: Buffer[] = []
  const flush = async () => {
    await writeAll(file, Buffer.concat(parts), started)
    parts = []
    size = 0
    started = end
  }
  for (const [index, { key, value: read }] of records.entries()) {
    const value = await read()
    const head = headOf({ write, isLast: index === records.length - 1, key }, value)
    places.set(key, value.length === 0 ? undefined : { at: end + head.length, length: value.length })
    parts.push(head, value, Buffer.from('\n'))
    end += head.length + value.length + 1
    size += head.length + value.length + 1
    if (size >= chunk) await flush()
  }
  await flush()
  return { end, places }
}

/** Appends and makes durable; a failed append is cut off again, so that the next one starts on a whole line. */
export const append = async (
  file: FileHandle,
  position: { readonly at: number; readonly write: number },
  changes: readonly StoreChange[],
): Promise<Written> => {
  try {
    const records = changes.map((change) => ({ key: change.key, value: () => jsonOf(change) }))
    const written = await writeRecords(file, position, records)
    await file.datasync()
    return written
  } catch (thrown) {
    await file.truncate(position.at).catch(() => {})
    throw thrown
  }
}

export const readValue = async (file: FileHandle, { at, length }: Place): Promise<Buffer> => {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at)
  if (bytesRead !== length) throw new Error('The file is shorter than it was')
  return buffer
}

/** What is in these places is no more. Their lines stay, and say by their checksum that they were overwritten. */
export const overwrite = async (file: FileHandle, places: readonly Place[]): Promise<void> => {
  for (const { at, length } of places) await writeAll(file, Buffer.alloc(length, ' '), at)
}
