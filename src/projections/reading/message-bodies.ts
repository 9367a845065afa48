import { conversationStream } from '../../domain/stream-names.ts'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'

/** Bodies of events of one conversation by revision; null where the body is gone. */
export type Bodies = ReadonlyMap<number, string | null>

/** A page's revisions mostly follow each other: then one read of the whole range is cheaper than one for each. */
const dense = 4

/**
 * Views hold no bodies: ciphertext is in the log alone, where a deletion blanks it, and is joined when a message is
 * read.
 */
export const bodiesOf = async (
  log: Pick<EventReader, 'readStream'>,
  conversationId: string,
  revisions: readonly number[],
): Promise<Bodies> => {
  if (revisions.length === 0) return new Map()
  const stream = conversationStream(conversationId)
  const [first, last] = [Math.min(...revisions), Math.max(...revisions)]
  const span = last - first + 1
  const found =
    span <= revisions.length * dense
      ? await bodiesBetween(log, stream, first, last, new Set(revisions))
      : (await Promise.all(revisions.map((from) => log.readStream({ stream, from, limit: 1 })))).flat()
  return new Map(found.map(({ revision, body }) => [revision, body]))
}

/** How much is read at once; bodies between the requested ones are dropped. */
const sliceBytes = 1024 * 1024

const bodiesBetween = async (
  log: Pick<EventReader, 'readStream'>,
  stream: string,
  first: number,
  last: number,
  wanted: ReadonlySet<number>,
): Promise<readonly RecordedEvent[]> => {
  const found: RecordedEvent[] = []
  for (let from = first; from <= last; ) {
    const slice = await log.readStream({ stream, from, limit: last - from + 1, maxBytes: sliceBytes })
    found.push(...slice.filter(({ revision }) => wanted.has(revision)))
    from = (slice.at(-1)?.revision ?? last) + 1
  }
  return found
}
