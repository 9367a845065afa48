import { upToSize } from '../../../event-log/reading/slice-size.ts'
import { LogError } from '../../../ports/errors/log-error.ts'
import type { Position, RecordedEvent, StreamSlice } from '../../../ports/event-log.ts'
import type { Reads } from './reads.ts'

/** Events looked at from the end of a stream, before a position is searched for: most searches are for something recent. */
const tailSize = 32

/** Reads slices of streams. The server knows revisions alone; positions grow with them, so that a position is found by bisection. */
export const createStreamSlices = (reads: Reads): ((slice: StreamSlice) => Promise<readonly RecordedEvent[]>) => {
  const isAbove = async (name: string, revision: number, position: Position): Promise<boolean> => {
    const [event] = await reads.stream(name, revision, 'forwards', 1)
    return event === undefined || event.position > position
  }

  /** Last revision at or below `position`, -1 if none; `high` is known to be above it. Probes from the end outwards. */
  const lastUpTo = async (name: string, high: number, position: Position): Promise<number> => {
    let above = high
    let step = tailSize
    while (above - step >= 0 && (await isAbove(name, above - step, position))) {
      above -= step
      step *= 2
    }
    let below = Math.max(above - step, -1)
    while (above - below > 1) {
      const middle = (below + above) >> 1
      if (await isAbove(name, middle, position)) above = middle
      else below = middle
    }
    return below
  }

  /** The newest events, newest first, and whether they are all above `position`, with older ones before them. */
  const readTail = async (name: string, position: Position) => {
    const tail = await reads.stream(name, undefined, 'backwards', tailSize)
    const oldest = tail.at(-1)
    return { tail, oldest, isTooShort: oldest !== undefined && oldest.revision > 0 && oldest.position > position }
  }

  const forwards = async (
    name: string,
    from: number,
    after: Position | undefined,
    limit: number,
    maxBytes: number | undefined,
  ) => {
    if (after === undefined) return reads.stream(name, from, 'forwards', limit, maxBytes)
    const { tail, oldest, isTooShort } = await readTail(name, after)
    if (oldest === undefined) return []
    if (isTooShort) {
      const first = (await lastUpTo(name, oldest.revision, after)) + 1
      return reads.stream(name, Math.max(from, first), 'forwards', limit, maxBytes)
    }
    const found = tail.toReversed().filter(({ revision, position }) => revision >= from && position > after)
    return found.slice(0, limit)
  }

  const backwards = async (
    name: string,
    from: number | undefined,
    upTo: Position | undefined,
    limit: number,
    maxBytes: number | undefined,
  ) => {
    if (upTo === undefined) return reads.stream(name, from, 'backwards', limit, maxBytes)
    const { tail, oldest, isTooShort } = await readTail(name, upTo)
    if (oldest === undefined) return []
    const found = tail.filter(({ revision, position }) => position <= upTo && revision <= (from ?? revision))
    if (found.length >= limit || oldest.revision === 0) return found.slice(0, limit)
    const highest = isTooShort ? await lastUpTo(name, oldest.revision, upTo) : (found[0]?.revision ?? oldest.revision)
    const start = Math.min(from ?? highest, highest)
    return start < 0 ? [] : reads.stream(name, start, 'backwards', limit, maxBytes)
  }

  const slice = async ({ stream, from, after, upTo, direction, limit, maxBytes }: StreamSlice) => {
    const events =
      direction === 'backwards'
        ? await backwards(stream, from, upTo, limit, maxBytes)
        : await forwards(stream, from ?? 0, after, limit, maxBytes)
    const within = events.filter(
      ({ position }) => (after === undefined || position > after) && (upTo === undefined || position <= upTo),
    )
    return upToSize(within, maxBytes)
  }

  return async (wanted) => {
    try {
      return await slice(wanted)
    } catch (error) {
      if (wanted.mustBeOpen !== true && error instanceof LogError && error.code === 'stream_closed') return []
      throw error
    }
  }
}
