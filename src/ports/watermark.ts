import type { Position } from './event-log.ts'

/** W: the position up to which every live view has folded the log. */
export interface Watermark {
  current(): Position
  /** True as soon as W >= position; false after `timeoutMs`. */
  reached(position: Position, timeoutMs: number): Promise<boolean>
}
