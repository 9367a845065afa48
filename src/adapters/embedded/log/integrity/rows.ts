import { chainDigest, isBodyOf, type SummedColumns, sumOfEvent } from './event-checksums.ts'

export interface StoredRow extends SummedColumns {
  readonly body: string | null
  readonly bodySum: number | null
  readonly sum: number | null
}

export interface ChainedRow extends StoredRow {
  readonly streamId: number
  readonly digest: number | null
}

/** What is wrong in a row; undefined when it is as it was stored. */
export const flawOf = (row: StoredRow): string | undefined => {
  if (row.sum !== sumOfEvent(row, row.bodySum)) return 'an event is not what was stored'
  return isBodyOf(row.body, row.bodySum) ? undefined : 'a body is not what was stored'
}

export const CHAINED_COLUMNS = `position, streams.name AS stream, events.stream AS streamId, revision, events.id AS id, type, version, at,
  user_id AS userId, device_id AS deviceId, target, data, body, body_sum AS bodySum, sum, digest`

export const chainFlawOf = (row: ChainedRow, before: number): string | undefined =>
  flawOf(row) ?? (row.digest === chainDigest(before, row.sum ?? 0) ? undefined : 'the chain of digests breaks')
