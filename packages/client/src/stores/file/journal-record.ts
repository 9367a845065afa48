import { crc32 } from 'node:zlib'
import type { StoreChange } from '../client-store.ts'

/**
 * A record is one line: two checksums, the number of its write, `+` where that continues or `.` where it ends, key,
 * value; separated by tabs, which JSON never holds. The value has its own checksum, because it is overwritten once
 * another value has replaced it.
 */
export interface JournalLine {
  readonly write: number
  readonly isLast: boolean
  readonly key: string
  /** JSON; empty: the key is deleted. */
  readonly value: Buffer
  /** False once it was overwritten, or when it is damaged. */
  readonly isWhole: boolean
}

const tab = 0x09
const headFields = 5

const checksum = (bytes: string | Buffer): string => crc32(bytes).toString(16).padStart(8, '0')

const endOfHead = (line: Buffer): number => {
  let at = -1
  for (let field = 0; field < headFields; field += 1) {
    at = line.indexOf(tab, at + 1)
    if (at === -1) return -1
  }
  return at
}

/** Undefined when its head is damaged. */
export const readLine = (line: Buffer): JournalLine | undefined => {
  const end = endOfHead(line)
  const told = line.subarray(9, end)
  if (end < 9 || line.toString('latin1', 0, 8) !== checksum(told)) return undefined
  const [sum, write, mark, key = '""'] = told.toString().split('\t')
  const value = line.subarray(end + 1)
  return { write: Number(write), isLast: mark === '.', key: JSON.parse(key), value, isWhole: sum === checksum(value) }
}

/** A write in the format from before records had lines of their own. */
export const readOldLine = (line: Buffer): readonly StoreChange[] | undefined => {
  const text = line.toString()
  if (text[8] !== ' ' || text.slice(0, 8) !== checksum(text.slice(9))) return undefined
  const pairs: readonly (readonly [string, unknown?])[] = JSON.parse(text.slice(9))
  return pairs.map(([key, value]) => ({ key, value }))
}
