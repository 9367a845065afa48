import type { FileHandle } from 'node:fs/promises'
import { BackscrollError } from './backscroll-error.ts'
import { type JournalLine, readLine, readOldLine } from './file-journal.ts'
import { type FoundLine, linesOf } from './journal-lines.ts'
import { applyChanges } from './store.ts'

/** Where a value is in the file. */
export interface Place {
  readonly at: number
  readonly length: number
}

export interface JournalContent {
  readonly records: Map<string, unknown>
  readonly places: Map<string, Place>
  /** Values that are outdated, and not overwritten yet. */
  readonly outdated: readonly Place[]
  /** Up to here it is whole. */
  readonly bytes: number
  /** Of the last write that is whole. */
  readonly write: number
  /** It must be written anew before it can go on: it is of the form before, or a crash cut off its last write. */
  readonly isStale: boolean
}

interface Placed extends JournalLine {
  readonly place: Place
  readonly end: number
}

const corrupt = () => new BackscrollError('corrupt_store')

const placed = (line: JournalLine, { at, bytes }: FoundLine): Placed => {
  const { length } = line.value
  return { ...line, place: { at: at + bytes.length - length, length }, end: at + bytes.length + 1 }
}

const createFold = () => {
  const values = new Map<string, Placed>()
  const outdated: Place[] = []
  return {
    apply: (line: Placed) => {
      const before = values.get(line.key)
      if (before?.isWhole) outdated.push(before.place)
      if (line.value.length === 0 && line.isWhole) values.delete(line.key)
      else values.set(line.key, line)
    },
    /** What is damaged and has not been replaced is lost. */
    result: () => {
      const records = new Map<string, unknown>()
      const places = new Map<string, Place>()
      for (const [key, { isWhole, value, place }] of values) {
        if (!isWhole) throw corrupt()
        records.set(key, JSON.parse(value.toString()))
        places.set(key, place)
      }
      return { records, places, outdated }
    },
  }
}

const readOld = async (file: FileHandle): Promise<JournalContent> => {
  const records = new Map<string, unknown>()
  let isTorn = false
  for await (const { bytes, hasEnd } of linesOf(file)) {
    const changes = hasEnd ? readOldLine(bytes) : undefined
    if (changes !== undefined && isTorn) throw corrupt()
    isTorn = changes === undefined
    applyChanges(records, changes ?? [])
  }
  return { records, places: new Map(), outdated: [], bytes: 0, write: -1, isStale: true }
}

/**
 * Each write was durable before the next one began, so only the last one can be cut off, in any of its lines; damage before it is of another
 * kind and refused as `corrupt_store`. Write 0 was put in place as a whole: it cannot be cut off.
 */
const readNew = async (file: FileHandle): Promise<JournalContent> => {
  const fold = createFold()
  let [write, bytes] = [-1, 0]
  let lines: Placed[] = []
  let isDamaged = false
  const hasEnded = () => lines.at(-1)?.isLast === true
  const commit = () => {
    for (const line of lines) fold.apply(line)
    bytes = lines.at(-1)?.end ?? bytes
    write += 1
    lines = []
  }
  for await (const found of linesOf(file)) {
    const line = found.hasEnd ? readLine(found.bytes) : undefined
    if (hasEnded() && isDamaged) throw corrupt()
    // Another write follows, so this one was durable: what is damaged in it was overwritten, or must be missed at the end.
    if (hasEnded()) commit()
    if (line === undefined) isDamaged = true
    else if (line.write !== write + 1) throw corrupt()
    else lines.push(placed(line, found))
  }
  if (hasEnded() && !isDamaged && lines.every(({ isWhole }) => isWhole)) commit()
  const isTorn = isDamaged || lines.length > 0
  if (isTorn && write === -1) throw corrupt()
  return { ...fold.result(), bytes, write, isStale: isTorn || write === -1 }
}

const isOld = async (file: FileHandle): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0)
  return bytesRead === 9 && buffer[8] === 0x20
}

export const readJournal = async (file: FileHandle): Promise<JournalContent> =>
  (await isOld(file)) ? readOld(file) : readNew(file)
