import { sizeOfEvent } from '../../event-log/reading/append-limits.ts'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { StreamRedaction } from './redaction.ts'
import type { Range } from './visibility.ts'

/** One conversation's part of a sync: its visible events above `after`, up to `upTo`, read from the log in chunks. */
export interface SourceSpec {
  readonly stream: string
  /** Revisions that may be served, oldest first, not overlapping. */
  readonly ranges: readonly Range[]
  readonly after: Position
  readonly upTo: Position
  /** How many events are read at once, and how many bytes they may reach; the last event may exceed it. */
  readonly chunk: number
  readonly chunkBytes: number
  readonly redact: StreamRedaction | null
}

export interface Source {
  /** Bytes of the chunk that it holds, including what was taken of it. */
  held(): number
  /** The next event; undefined when the source needs `fill`, or has ended. */
  peek(): RecordedEvent | undefined
  /** The next event and those that follow, as far as they are in memory. */
  ahead(): readonly RecordedEvent[]
  advance(): void
  /** Reads on when the chunk is used up. False at the end. */
  fill(): Promise<boolean>
  /** Drops what it holds from the next event on: `fill` reads it again. */
  release(): void
}

export const createSource = (log: Pick<EventReader, 'readStream'>, spec: SourceSpec): Source => {
  let events: readonly RecordedEvent[] = []
  let bytes = 0
  let at = 0
  let range = 0
  /** The revision to continue from. Below it everything was served, or comes before `after`. */
  let next = 0
  let first = true

  const read = async (within: Range): Promise<readonly RecordedEvent[]> => {
    const from = Math.max(next, within.from)
    const limit = first ? spec.chunk : Math.min(spec.chunk, within.to - from + 1)
    const slice = { stream: spec.stream, from, upTo: spec.upTo, limit, maxBytes: spec.chunkBytes }
    // Only the first read has to find a place by position; from then on the revision gives it.
    return log.readStream(first ? { ...slice, after: spec.after } : slice)
  }

  const take = async (within: Range): Promise<boolean> => {
    const found = await read(within)
    first = false
    at = 0
    const [oldest, newest] = [found[0], found.at(-1)]
    if (oldest === undefined || newest === undefined) {
      range = spec.ranges.length
      keep([])
      return false
    }
    if (newest.revision >= within.to) range += 1
    // The first read may land beyond this range: what comes before the event that it found is not above `after`.
    next = Math.max(oldest.revision, Math.min(newest.revision, within.to) + 1)
    keep(await cut(found, within))
    return events.length > 0
  }

  const keep = (kept: readonly RecordedEvent[]): void => {
    events = kept
    bytes = kept.reduce((sum, event) => sum + sizeOfEvent(event), 0)
  }

  const cut = async (found: readonly RecordedEvent[], within: Range): Promise<readonly RecordedEvent[]> => {
    const visible = found.filter((event) => event.revision <= within.to)
    return spec.redact === null ? visible : spec.redact(visible)
  }

  return {
    held: () => bytes,
    release() {
      const event = events[at]
      keep([])
      at = 0
      if (event === undefined) return
      next = event.revision
      range = spec.ranges.findIndex(({ to }) => to >= next)
    },
    peek: () => events[at],
    ahead: () => events.slice(at),
    advance: () => {
      at += 1
    },
    async fill() {
      while (at >= events.length) {
        const within = spec.ranges[range]
        if (within === undefined) return false
        // The first read may have landed beyond several ranges.
        if (within.to < next) range += 1
        else if (await take(within)) return true
      }
      return true
    },
  }
}
