import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Source } from './source.ts'

/**
 * Merges sources by position with a binary heap. Awaits only where a source has to read on, so a long run of events costs
 * no promise each.
 */
export interface Merge {
  /** The next event in order of position; undefined when the source on top has to be refilled, or at the end. */
  peek(): RecordedEvent | undefined
  advance(): void
  /** Refills the source on top. False when every source is at its end. */
  fill(): Promise<boolean>
}

interface Entry {
  readonly source: Source
  position: bigint
}

const siftDown = (heap: Entry[], start: number): void => {
  let parent = start
  const moved = heap[parent]
  if (moved === undefined) return
  for (;;) {
    const left = heap[2 * parent + 1]
    if (left === undefined) break
    const right = heap[2 * parent + 2]
    const rightIsLess = right !== undefined && right.position < left.position
    const child = rightIsLess ? right : left
    if (child.position >= moved.position) break
    heap[parent] = child
    parent = 2 * parent + (rightIsLess ? 2 : 1)
  }
  heap[parent] = moved
}

/** `sources` must be filled: each shows its first event. Those without one are left out. */
export const createMerge = (sources: readonly Source[]): Merge => {
  const heap: Entry[] = []
  for (const source of sources) {
    const event = source.peek()
    if (event !== undefined) heap.push({ source, position: event.position })
  }
  for (let index = (heap.length >> 1) - 1; index >= 0; index -= 1) siftDown(heap, index)

  const removeTop = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    siftDown(heap, 0)
  }

  const settle = (top: Entry, event: RecordedEvent): void => {
    top.position = event.position
    siftDown(heap, 0)
  }

  return {
    peek: () => heap[0]?.source.peek(),
    advance() {
      const top = heap[0]
      if (top === undefined) return
      top.source.advance()
      const event = top.source.peek()
      if (event !== undefined) settle(top, event)
    },
    async fill() {
      const top = heap[0]
      if (top === undefined) return false
      await top.source.fill()
      const event = top.source.peek()
      if (event === undefined) removeTop()
      else settle(top, event)
      return heap.length > 0
    },
  }
}
