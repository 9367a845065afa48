import type { ArchiveRecord } from './archive-records.ts'
import { encodeRecord } from './archive-records.ts'

/** A record, and where an export goes on after it. */
export interface Exported<Cursor> {
  readonly record: ArchiveRecord
  readonly after: Cursor
}

export interface PieceBatch<Cursor> {
  readonly lines: readonly string[]
  readonly after: Cursor
  /** The last revision of each conversation in it. */
  readonly reached: ReadonlyMap<string, number>
  readonly last: boolean
}

/** Characters of JSON in one piece; one record may go beyond. */
const pieceLength = 768 * 1024

/**
 * Groups records into pieces. Only one piece is in memory. There is always a last piece, which may be empty.
 */
export async function* pieceBatches<Cursor>(
  records: AsyncIterable<Exported<Cursor>>,
  from: Cursor,
): AsyncGenerator<PieceBatch<Cursor>, undefined> {
  let lines: string[] = []
  let length = 0
  let after = from
  let reached = new Map<string, number>()
  for await (const one of records) {
    if (length >= pieceLength) {
      yield { lines, after, reached, last: false }
      lines = []
      reached = new Map()
      length = 0
    }
    const line = encodeRecord(one.record)
    lines.push(line)
    length += line.length
    after = one.after
    if ('revision' in one.record) reached.set(one.record.conversationId, one.record.revision)
  }
  yield { lines, after, reached, last: true }
}
