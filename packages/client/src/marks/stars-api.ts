import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { Address } from '../content/address.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ReadableMessage } from '../rest/readable-views.ts'
import { type StarBook, type StarChange, type StarredMessage, starId } from './star-book.ts'

export interface StarredEntry extends StarredMessage {
  /** Undefined if the message was deleted, has expired or cannot be seen any more. */
  readonly message: ReadableMessage | undefined
}

/** The messages that the user has starred, on all of the user's devices. As with marks, nobody else is told. */
export interface ClientStars {
  /** Rejects with `mark_limit` when too many messages are starred. */
  star(conversation: Address, message: { readonly messageId: string; readonly seq: number }): Promise<void>
  unstar(conversation: Address, message: { readonly messageId: string; readonly seq: number }): Promise<void>
  /** The starred messages as far as this device knows, the last one first. Messages are read as in `history`. */
  starred(): AsyncIterableIterator<StarredEntry>
}

export interface ClientStarsDeps {
  readonly me: { readonly userId: string }
  readonly stars: Pick<StarBook, 'all'>
  readonly change: (id: string, change: StarChange) => Promise<void>
  readonly messageAt: (conversationId: string, seq: number) => Promise<ReadableMessage | undefined>
}

export const createClientStars = ({ me, stars, change, messageAt }: ClientStarsDeps): ClientStars => {
  const idOf = (to: Address) => (typeof to === 'string' ? to : directConversationId(me.userId, to.user))
  const read = async ({ conversationId, messageId, seq }: StarredMessage) => {
    const found = await messageAt(conversationId, seq).catch((thrown) => {
      // A conversation that the user can no longer see.
      if (toBackscrollError(thrown).code === 'not_found') return undefined
      throw thrown
    })
    return found?.messageId === messageId && found.deleted === null && !found.expired ? found : undefined
  }
  return {
    star: (to, { messageId, seq }) => change(starId(idOf(to), messageId), { isStarred: true, seq }),
    unstar: (to, { messageId, seq }) => change(starId(idOf(to), messageId), { isStarred: false, seq }),
    async *starred() {
      for (const one of stars.all()) yield { ...one, message: await read(one) }
    },
  }
}
