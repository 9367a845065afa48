import type { Position } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'

export interface MovingWatermark extends Watermark {
  /** Lower positions than the current one change nothing. */
  advance(position: Position): void
}

interface Waiter {
  readonly position: Position
  readonly done: (reached: boolean) => void
}

/** The watermark of a process that is told how far its views have come. */
export const createWatermark = (start: Position): MovingWatermark => {
  let current = start
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
    reached: (position, timeoutMs) =>
      position <= current ? Promise.resolve(true) : timeoutMs <= 0 ? Promise.resolve(false) : wait(position, timeoutMs),
    advance: (position) => {
      if (position <= current) return
      current = position
      for (const waiter of waiters) if (waiter.position <= current) waiter.done(true)
    },
  }
}
