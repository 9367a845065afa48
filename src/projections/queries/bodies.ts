import type { EventReader } from '../../ports/event-log.ts'

/** Bodies of events of one conversation by revision; null where there is none any more. */
export type Bodies = ReadonlyMap<number, string | null>

/** A page's revisions mostly follow each other: then one read of all between is cheaper than one for each. */
const dense = 4

/**
 * Views hold no bodies: ciphertext stands in the log alone, where a deletion blanks it, and is joined when a message is read.
 */
export const bodiesOf = async (
  log: Pick<EventReader, 'readStream'>,
  conversationId: string,
  revisions: readonly number[],
): Promise<Bodies> => {
  if (revisions.length === 0) return new Map()
  const stream = `conversation-${conversationId}`
  const [first, last] = [Math.min(...revisions), Math.max(...revisions)]
  const span = last - first + 1
  const reads =
    span <= revisions.length * dense
      ? [log.readStream({ stream, from: first, limit: span })]
      : revisions.map((from) => log.readStream({ stream, from, limit: 1 }))
  const found = (await Promise.all(reads)).flat()
  return new Map(found.map(({ revision, body }) => [revision, body]))
}
