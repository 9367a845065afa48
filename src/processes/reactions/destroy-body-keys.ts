import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import { cut, leavesOfTree } from '../../event-log/sealed-bodies/key-tree.ts'
import type { BodyKeys } from '../../ports/body-keys.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Reaction } from './reaction.ts'

interface Range {
  readonly from: number
  readonly upTo: number
}

/** The revisions whose bodies an event removes, both inclusive. Throws `UndecodableEvent`. */
const rangeOf = (recorded: RecordedEvent): Range | undefined => {
  const event = decodeConversationEvent(recorded)
  switch (event.type) {
    case 'MessageDeleted':
      return { from: event.data.target.revision, upTo: event.data.target.revision }
    case 'MessagesExpired':
      return { from: event.data.from, upTo: event.data.upTo }
    default:
      return undefined
  }
}

/**
 * Destroys the keys of these revisions, slice by slice. An event that belongs to one of them, as an edit does,
 * loses its key as well.
 */
const destroy = async (keys: Pick<BodyKeys, 'take'>, stream: string, { from, upTo }: Range): Promise<void> => {
  for (let first = from; first <= upTo; ) {
    const slice = Math.floor(first / leavesOfTree)
    const start = slice * leavesOfTree
    const last = Math.min(upTo, start + leavesOfTree - 1)
    const [fromLeaf, toLeaf] = [first - start, last - start]
    await keys.take(stream, slice, (tree) => cut(tree, fromLeaf, toLeaf))
    first = last + 1
  }
}

/** Makes unreadable in the log what is deleted and what expires. Repeating it changes nothing. */
export const createDestroyBodyKeys = (keys: Pick<BodyKeys, 'take'>): Reaction => ({
  types: new Set(['MessageDeleted', 'MessagesExpired']),
  react: (event) => async () => {
    const range = rangeOf(event)
    if (range !== undefined) await destroy(keys, event.stream, range)
    return range !== undefined
  },
})
