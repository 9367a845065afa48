import type { KeptConversation } from './kept-conversation.ts'
import type { MessageShelf } from './message-shelf.ts'

/** The server's limit: a count of 100 means "more than 99". */
export const unreadCap = 100

/** Counts other users' messages above the read watermark, except deleted ones and those of blocked users. */
export const unreadIn = async (
  messages: Pick<MessageShelf, 'from'>,
  { conversationId, read, completeFrom, unreadBefore }: KeptConversation,
  userId: string,
): Promise<number> => {
  let count = read >= completeFrom - 1 ? 0 : unreadBefore
  for await (const one of messages.from(conversationId, Math.max(read + 1, completeFrom))) {
    if (one.actor.userId !== userId && one.deleted === null && one.blocked === undefined) count += 1
    if (count >= unreadCap) break
  }
  return Math.min(count, unreadCap)
}
