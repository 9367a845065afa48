import type { RecordedEvent } from '../../../ports/event-log.ts'

/** Events between the server and a handler. */
export interface FeedBuffer {
  push(event: RecordedEvent): void
  /** Whether it holds what it may: the server is then to wait. */
  isFull(): boolean
  isEmpty(): boolean
  /** Up to `count` events, oldest first. */
  take(count: number): RecordedEvent[]
  /** Resolves when there is something to take, or at `wake`. */
  more(): Promise<void>
  /** Resolves when something is taken the next time, or at `wake`. */
  taken(): Promise<void>
  wake(): void
}

/** Bounds what a slow handler costs, in characters of data and bodies. */
const maxChars = 8 * 1024 * 1024

const sizeOf = ({ data, body }: RecordedEvent): number => data.length + (body?.length ?? 0)

export const createFeedBuffer = (maxEvents: number): FeedBuffer => {
  let events: RecordedEvent[] = []
  let chars = 0
  let wake = () => {}
  let waiting: (() => void)[] = []

  const notifyTaken = () => {
    const told = waiting
    waiting = []
    for (const resolve of told) resolve()
  }

  return {
    push(event) {
      events.push(event)
      chars += sizeOf(event)
      wake()
    },
    isFull: () => events.length >= maxEvents || chars >= maxChars,
    isEmpty: () => events.length === 0,
    take(count) {
      const taken = events.slice(0, count)
      events = events.slice(count)
      for (const event of taken) chars -= sizeOf(event)
      notifyTaken()
      return taken
    },
    async more() {
      if (events.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    },
    taken: () => new Promise((resolve) => waiting.push(resolve)),
    wake: () => {
      wake()
      notifyTaken()
    },
  }
}
