import { validMentions } from '../content/content-marks.ts'
import type { Content } from '../content/message-content.ts'
import type { KeptConversation } from './kept-conversation.ts'
import type { MessageShelf } from './message-shelf.ts'
import { unreadCap } from './unread-count.ts'

/** Whether a text names this user. */
export const isMentioned = (content: Content | undefined, me: string): boolean =>
  content !== undefined &&
  'mentions' in content.body &&
  validMentions(content.body.text ?? '', content.body.mentions, (userId) => userId === me).length > 0

/** Notes whether the message of this number, as it reads now, names the user. */
export const withMention = (before: KeptConversation, seq: number, isNamed: boolean): KeptConversation => {
  const others = before.mentionedIn.filter((one) => one !== seq)
  if (!isNamed || seq <= before.read) return { ...before, mentionedIn: others }
  return { ...before, mentionedIn: [...others, seq].sort((one, other) => one - other).slice(-unreadCap) }
}

/** Those that are still unread, and not deleted or expired. */
export const mentionsLeft = async (
  messages: Pick<MessageShelf, 'get'>,
  { conversationId, mentionedIn, read }: KeptConversation,
): Promise<number[]> => {
  const left: number[] = []
  for (const seq of mentionedIn)
    if (seq > read && (await messages.get(conversationId, seq))?.deleted === null) left.push(seq)
  return left
}
