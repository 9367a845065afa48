import type { Position } from '../ports/event-log.ts'
import type { EventLogs } from '../ports/event-logs.ts'
import { reachedAll, type Watermark } from '../ports/watermark.ts'
import { ProtocolError } from '../protocol/errors.ts'

/** How long it waits for the views at a time, in milliseconds. */
const waitMs = 5_000

/**
 * Waits until the views hold everything that was durable before an event. In its own log its position says what that is; in the others only their heads do, so
 * none of them may be away. Rejects with `behind` when it takes too long.
 */
export const createCaughtUp =
  (log: Pick<EventLogs, 'logs' | 'heads'>, watermark: Pick<Watermark, 'reached'>) =>
  async (position: Position): Promise<void> => {
    const others = log.logs.length === 1 ? [] : await log.heads()
    if (others.includes(undefined) || !(await reachedAll(watermark, [position, ...others], waitMs)))
      throw new ProtocolError('behind')
  }
