import type { Position } from '../../ports/event-log.ts'
import type { Reads } from './streams/reads.ts'

export interface Head {
  /** Position of the log's last durable event, 0n if there is none. */
  read(): Promise<Position>
  /** An event stands at `position`: nothing below it has to be looked at to find the last one. */
  seen(position: Position): void
}

/** Events read from the end at a time: the last one is ours, as a rule. */
const pageSizes = [2, 32, 512]

/** Each caller gets the answer of a call that began after its own; those who wait together share one. */
const shared = <Answer>(call: () => Promise<Answer>): (() => Promise<Answer>) => {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<Answer> | undefined
  const begin = (): Promise<Answer> => {
    next = undefined
    const answer = call()
    running = answer.catch(() => {})
    return answer
  }
  return () => (next ??= running.then(begin))
}

/** `origin` is before the log's first event. */
export const createHead = (reads: Reads, origin: Position): Head => {
  let known = 0n
  const seen = (position: Position): void => {
    if (position > known) known = position
  }

  const find = async (): Promise<Position> => {
    let below: Position | undefined
    for (let page = 0; ; page++) {
      const size = pageSizes[Math.min(page, pageSizes.length - 1)] ?? 1
      const { events, count, end } = await reads.allBelow(below, size)
      const [newest] = events
      if (newest !== undefined) seen(newest.position)
      if (end <= known || end <= origin || count < size) return known
      below = end
    }
  }
  return { read: shared(find), seen }
}
