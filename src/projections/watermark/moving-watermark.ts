import { at, covers, logOf, type Positions, startOf } from '../../event-log/positions.ts'
import type { Position } from '../../ports/event-log.ts'
import type { Watermark } from './watermark.ts'

export interface MovingWatermark extends Watermark {
  /** For the log that the position belongs to. A position below the present one changes nothing. */
  advance(position: Position): void
}

interface Waiter {
  readonly position: Position
  readonly done: (reached: boolean) => void
}

/** The watermark of a process that is told how far its views have come, for this many logs. */
export const createWatermark = (logs = 1): MovingWatermark => {
  let current: Positions = startOf(logs)
  const waiters = new Set<Waiter>()

  const wait = (position: Position, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => waiter.done(false), timeoutMs)
      const waiter: Waiter = {
        position,
        done: (reached) => {
          clearTimeout(timer)
          waiters.delete(waiter)
          resolve(reached)
        },
      }
      waiters.add(waiter)
    })

  return {
    current: () => current,
    reached: (position, timeoutMs) => {
      if (covers(current, position)) return Promise.resolve(true)
      return timeoutMs <= 0 ? Promise.resolve(false) : wait(position, timeoutMs)
    },
    advance: (position) => {
      const index = logOf(position)
      if (index >= logs || position <= at(current, index)) return
      current = current.with(index, position)
      for (const waiter of waiters) if (covers(current, waiter.position)) waiter.done(true)
    },
  }
}
