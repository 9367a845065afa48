import type { Heads } from '../../event-log/event-logs.ts'
import type { Positions } from '../../event-log/positions.ts'
import type { Position } from '../../ports/event-log.ts'

/** W: for each log the position up to which every live view has folded it. */
export interface Watermark {
  current(): Positions
  /** True as soon as W has reached the position in its log; false after `timeoutMs`. */
  reached(position: Position, timeoutMs: number): Promise<boolean>
}

/** Whether W reaches the heads of all logs that have stated theirs. */
export const reachedAll = async (
  watermark: Pick<Watermark, 'reached'>,
  heads: Heads,
  timeoutMs: number,
): Promise<boolean> => {
  const all = heads.map((head) => head === undefined || watermark.reached(head, timeoutMs))
  return (await Promise.all(all)).every((reached) => reached)
}
