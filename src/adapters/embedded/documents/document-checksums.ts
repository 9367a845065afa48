import { crc32 } from 'node:zlib'

/** The sum of a document as it stands in its row: it shows a wrong bit, not a forgery. Null is a tombstone. */
export const sumOf = (key: string, revision: number, document: string | null): number =>
  crc32(`${key}\n${revision}\n${document ?? ''}`)
