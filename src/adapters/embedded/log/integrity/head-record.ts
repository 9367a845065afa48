import { closeSync, fsync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncDirectoryNow } from '../../../../runtime/sync-directory.ts'

/** The log's last durable event, recorded outside `events.db`: the evidence against a log whose end is missing. */
export interface HeadRecord {
  readonly epoch: string
  readonly position: number
  readonly digest: number
  /** The log was closed properly: everything is in `events.db`, nothing in its write-ahead log. */
  readonly clean: boolean
}

export const headRecordPath = (directory: string): string => join(directory, 'events.head')

/** Two slots that are written in turn, so that a write that is cut off leaves the one before. Each is in one sector. */
const slotBytes = 256

interface Slot extends HeadRecord {
  readonly turn: number
}

const encode = (slot: Slot): Buffer => {
  const { turn, epoch, position, digest, clean } = slot
  const text = JSON.stringify([turn, epoch, position, digest, clean])
  return Buffer.from(`${`${text} ${crc32(text)}`.padEnd(slotBytes - 1)}\n`)
}

const decode = (bytes: Buffer): Slot | undefined => {
  const line = bytes.toString('latin1').trimEnd()
  const end = line.lastIndexOf(' ')
  const text = line.slice(0, Math.max(0, end))
  if (end < 0 || `${crc32(text)}` !== line.slice(end + 1)) return undefined
  const [turn, epoch, position, digest, clean]: [number, string, number, number, boolean] = JSON.parse(text)
  return { turn, epoch, position, digest, clean }
}

const slotsOf = (bytes: Buffer): readonly Slot[] =>
  [0, 1].flatMap((index) => decode(bytes.subarray(index * slotBytes, (index + 1) * slotBytes)) ?? [])

const newestOf = (bytes: Buffer): Slot | undefined => slotsOf(bytes).toSorted((a, b) => b.turn - a.turn)[0]

const bytesOf = (directory: string): Buffer | undefined => {
  try {
    return readFileSync(headRecordPath(directory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** `damaged`: there is a file, but nothing in it can be believed. */
export const readHeadRecord = (directory: string): HeadRecord | 'missing' | 'damaged' => {
  const bytes = bytesOf(directory)
  return bytes === undefined ? 'missing' : (newestOf(bytes) ?? 'damaged')
}

export interface HeadRecorder {
  /** Survives the end of the process at once, and the loss of power after `sync`. */
  write(record: HeadRecord): void
  /** Begins to bring what was written to the disk; does not wait. */
  sync(): void
  close(last: HeadRecord): void
}

const openSlots = (directory: string): number => {
  const path = headRecordPath(directory)
  try {
    return openSync(path, 'r+')
  } catch {
    return openSync(path, 'w+')
  }
}

/** One at a time for each directory. Its first write is on the disk when this returns. */
export const openHeadRecorder = (directory: string, first: HeadRecord): HeadRecorder => {
  let turn = newestOf(bytesOf(directory) ?? Buffer.alloc(0))?.turn ?? 0
  const file = openSlots(directory)
  const write = (record: HeadRecord): void => {
    turn += 1
    writeSync(file, encode({ ...record, turn }), 0, slotBytes, (turn % 2) * slotBytes)
  }
  // Both slots, so that later writes need no space.
  write(first)
  write(first)
  fsyncSync(file)
  syncDirectoryNow(directory)
  return {
    write(record) {
      try {
        write(record)
      } catch {
        // The record shows how far the log was at least. An older one says less, but nothing wrong.
      }
    },
    sync: () => fsync(file, () => {}),
    close(last) {
      write(last)
      fsyncSync(file)
      closeSync(file)
    },
  }
}

export const writeHeadRecord = (directory: string, record: HeadRecord): void =>
  openHeadRecorder(directory, record).close(record)
