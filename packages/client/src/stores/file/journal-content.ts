import type { FileHandle } from 'node:fs/promises'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import { applyChanges } from '../client-store.ts'
import { linesOf } from './journal-line-reader.ts'
import { type JournalLine, readLine, readOldLine } from './journal-record.ts'

type Records = Map<string, unknown>

const corrupt = () => new BackscrollError('corrupt_store')

const createFold = () => {
  const values = new Map<string, JournalLine>()
  return {
    apply: (line: JournalLine) => {
      if (line.value.length === 0 && line.isWhole) values.delete(line.key)
      else values.set(line.key, line)
    },
    /** What is damaged and was not replaced is lost. */
    result: (): Records => {
      const records: Records = new Map()
      for (const [key, { isWhole, value }] of values) {
        if (!isWhole) throw corrupt()
        records.set(key, JSON.parse(value.toString()))
      }
      return records
    },
  }
}

const readOld = async (file: FileHandle): Promise<Records> => {
  const records: Records = new Map()
  let isTorn = false
  for await (const { bytes, hasEnd } of linesOf(file)) {
    const changes = hasEnd ? readOldLine(bytes) : undefined
    if (changes !== undefined && isTorn) throw corrupt()
    isTorn = changes === undefined
    applyChanges(records, changes ?? [])
  }
  return records
}

/**
 * Each write was durable before the next one began, so only the last one can be cut off, in any of its lines.
 * Earlier damage has another cause and is refused as `corrupt_store`. Write 0 was put in place as a whole, so it
 * cannot be cut off.
 */
const readNew = async (file: FileHandle): Promise<Records> => {
  const fold = createFold()
  let write = -1
  let lines: JournalLine[] = []
  let isDamaged = false
  const hasEnded = () => lines.at(-1)?.isLast === true
  const commit = () => {
    for (const line of lines) fold.apply(line)
    write += 1
    lines = []
  }
  for await (const found of linesOf(file)) {
    const line = found.hasEnd ? readLine(found.bytes) : undefined
    if (hasEnded() && isDamaged) throw corrupt()
    // Another write follows, so this one was durable: what is damaged in it was overwritten, or must be missed at the
    // end.
    if (hasEnded()) commit()
    if (line === undefined) isDamaged = true
    else if (line.write !== write + 1) throw corrupt()
    else lines.push(line)
  }
  if (hasEnded() && !isDamaged && lines.every(({ isWhole }) => isWhole)) commit()
  if ((isDamaged || lines.length > 0) && write === -1) throw corrupt()
  return fold.result()
}

const isOld = async (file: FileHandle): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0)
  return bytesRead === 9 && buffer[8] === 0x20
}

/** The content of a journal, the format in which earlier versions stored this. */
export const readJournal = async (file: FileHandle): Promise<ReadonlyMap<string, unknown>> =>
  (await isOld(file)) ? readOld(file) : readNew(file)
