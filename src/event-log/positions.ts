import type { Position } from '../ports/event-log.ts'

/**
 * Positions where there are several event logs. Each log has a band of them: position = index of the log * 2^49 +
 * the log's own position, so that one number holds both, and stays a safe integer. Within a band they compare as
 * the log's positions do. Across bands comparison means nothing. 0n is before the first event of every log.
 */
export type Positions = readonly Position[]

/** How many bands there are below 2^53. */
export const maxLogs = 16

const bandBits = 49n

/** Where a log's own positions end: 512 TiB, where positions count bytes. */
export const bandSize = 1n << bandBits

/** Before the first event of the log. */
export const bandStart = (index: number): Position => BigInt(index) << bandBits

/** Index of the log that a position belongs to. */
export const logOf = (position: Position): number => Number(position >> bandBits)

/** As `logOf`, for positions as views hold them. */
export const logOfNumber = (position: number): number => Math.floor(position / Number(bandSize))

/** Before the first event of each of this many logs. */
export const startOf = (logs: number): Positions => Array.from({ length: logs }, (_, index) => bandStart(index))

/** The component of the log with this index. */
export const at = (positions: Positions, index: number): Position => positions[index] ?? bandStart(index)

const lower = (a: Position, b: Position): Position => {
  if (a < b) return a
  return b
}

/** For each log the lower one. */
export const lowerOfEach = (some: Positions, others: Positions): Positions =>
  some.map((position, index) => lower(position, at(others, index)))

export const samePositions = (some: Positions, others: Positions): boolean =>
  some.length === others.length && some.every((position, index) => position === others[index])

/** Whether `positions` are at or above a position, in its log. */
export const covers = (positions: Positions, position: Position): boolean => {
  const own = positions[logOf(position)]
  return own !== undefined && position <= own
}
