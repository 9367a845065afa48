import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BackscrollError } from './backscroll-error.ts'
import type { StoreChange } from './store.ts'

/** One group of changes is one line: checksum, space, JSON. */
export const journalLine = (changes: readonly StoreChange[]): string => {
  const text = JSON.stringify(changes.map(({ key, value }) => (value === undefined ? [key] : [key, value])))
  return `${checksum(text)} ${text}\n`
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

const parseLine = (line: string): readonly StoreChange[] | undefined => {
  const text = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(text)) return undefined
  const pairs: readonly (readonly [string, unknown?])[] = JSON.parse(text)
  return pairs.map(([key, value]) => ({ key, value }))
}

export interface JournalContent {
  readonly groups: readonly (readonly StoreChange[])[]
  /** Bytes up to which the journal is whole; what follows is a write that a crash cut off. */
  readonly wholeBytes: number
}

/**
 * Reads a journal. Each line was durable before the next was written, so only the last one can be torn; a damaged line before a
 * whole one is damage of another kind and refused as `corrupt_store`.
 */
export const readJournal = (content: Buffer): JournalContent => {
  const groups: (readonly StoreChange[])[] = []
  let wholeBytes = 0
  let torn = false
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0x0a, start)
    const group = end === -1 ? undefined : parseLine(content.toString('utf8', start, end))
    if (group !== undefined && torn) throw new BackscrollError('corrupt_store')
    if (group === undefined) torn = true
    else {
      groups.push(group)
      wholeBytes = end + 1
    }
    start = end === -1 ? content.length : end + 1
  }
  return { groups, wholeBytes }
}

/** Appends and makes durable; a failed append is cut off again, so that the next one starts on a whole line. */
export const appendLine = async (file: FileHandle, line: string, at: number): Promise<number> => {
  try {
    const { bytesWritten } = await file.write(Buffer.from(line), 0, undefined, at)
    if (bytesWritten !== Buffer.byteLength(line)) throw new Error('The file took only a part of the write')
    await file.datasync()
    return at + bytesWritten
  } catch (thrown) {
    await file.truncate(at).catch(() => {})
    throw thrown
  }
}
