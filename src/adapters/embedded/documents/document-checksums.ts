import { crc32 } from 'node:zlib'

/** The checksum of a document as its row has it: it shows a wrong bit, not a forgery. Null is a tombstone. */
export const sumOf = (key: string, revision: number, document: string | null): number =>
  crc32(`${key}\n${revision}\n${document ?? ''}`)
