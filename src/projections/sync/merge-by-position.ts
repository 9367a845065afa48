import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Source } from '../reading/visible-events.ts'

/**
 * Merges sources by position with a binary heap. It awaits only when a source has to read on, so a long run of
 * events costs no promise for each. It holds bytes up to its allowance: of sources beyond that it keeps only the
 * place of the next event, and reads the content again in its turn.
 */
export interface Merge {
  /** A source that was filled; one without an event is ignored. */
  add(source: Source): void
  /** The next event in order of position; undefined when the source on top has to be filled, or at the end. */
  peek(): RecordedEvent | undefined
  /** The next event and those that its source holds after it. */
  ahead(): readonly RecordedEvent[]
  advance(): void
  /** Fills the source on top. False when every source is at its end. */
  fill(): Promise<boolean>
  /** Bytes of events that are in memory. */
  held(): number
}

interface Entry {
  readonly source: Source
  position: bigint
  held: number
}

const siftDown = (heap: Entry[]): void => {
  let parent = 0
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

const siftUp = (heap: Entry[]): void => {
  let child = heap.length - 1
  const moved = heap[child]
  if (moved === undefined) return
  while (child > 0) {
    const parent = (child - 1) >> 1
    const above = heap[parent]
    if (above === undefined || above.position <= moved.position) break
    heap[child] = above
    child = parent
  }
  heap[child] = moved
}

export const createMerge = (allowance: number): Merge => {
  const heap: Entry[] = []
  let held = 0

  const count = (entry: Entry, bytes: number): void => {
    held += bytes - entry.held
    entry.held = bytes
  }

  /** The one on top is needed at once. */
  const keepWithin = (entry: Entry): void => {
    if (held <= allowance || entry === heap[0]) return
    entry.source.release()
    count(entry, 0)
  }

  const removeTop = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    siftDown(heap)
  }

  return {
    add(source) {
      const event = source.peek()
      if (event === undefined) return
      const entry = { source, position: event.position, held: 0 }
      heap.push(entry)
      count(entry, source.held())
      siftUp(heap)
      keepWithin(entry)
    },
    peek: () => heap[0]?.source.peek(),
    ahead: () => heap[0]?.source.ahead() ?? [],
    advance() {
      const top = heap[0]
      if (top === undefined) return
      top.source.advance()
      const event = top.source.peek()
      if (event === undefined) return
      top.position = event.position
      siftDown(heap)
      keepWithin(top)
    },
    async fill() {
      const top = heap[0]
      if (top === undefined) return false
      await top.source.fill()
      count(top, top.source.held())
      const event = top.source.peek()
      if (event === undefined) {
        count(top, 0)
        removeTop()
        return heap.length > 0
      }
      top.position = event.position
      siftDown(heap)
      keepWithin(top)
      return true
    },
    held: () => held,
  }
}
