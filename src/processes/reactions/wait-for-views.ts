import { ProtocolError } from '@backscroll/protocol/errors'
import type { EventLogs } from '../../event-log/event-logs.ts'
import type { Position } from '../../ports/event-log.ts'
import { reachedAll, type Watermark } from '../../projections/watermark/watermark.ts'

/** Waits for the views, and rejects with `behind` when that takes too long. */
export interface CaughtUp {
  /**
   * The views hold everything that was durable anywhere before the event at this position. In its own log the
   * position says what that is. In the other logs only their heads do, so all of them must answer.
   */
  everywhere(position: Position): Promise<void>
}

/** How long one wait takes, in milliseconds. */
const waitMs = 5_000

export const createCaughtUp = (
  log: Pick<EventLogs, 'logs' | 'heads'>,
  watermark: Pick<Watermark, 'reached'>,
): CaughtUp => {
  const inLog = async (position: Position): Promise<void> => {
    if (!(await watermark.reached(position, waitMs))) throw new ProtocolError('behind')
  }
  const everywhere = async (position: Position): Promise<void> => {
    const heads = await log.heads()
    if (heads.includes(undefined) || !(await reachedAll(watermark, [position, ...heads], waitMs)))
      throw new ProtocolError('behind')
  }
  return { everywhere: log.logs.length === 1 ? inLog : everywhere }
}
