import type { ConversationClientEvent } from '../events/conversation-event.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { type KeptConversation, moved } from './kept-conversation.ts'
import { changed, changedSeq, contentRevision, type KeptMessage, messageOf } from './kept-message.ts'
import { isMentioned, withMention } from './mentioned-in.ts'
import type { ReplicaDeps, ReplicaState } from './replica-state.ts'
import { unreadCap } from './unread-count.ts'

type Changes = Promise<readonly StoreChange[]>

const readable = ({ unreadable: _before, ...message }: KeptMessage): KeptMessage => message

/** Applies events of conversations, each once and in order. */
export const createApplyEvent = (state: ReplicaState, { me, time }: Pick<ReplicaDeps, 'me' | 'time'>, most: number) => {
  const { messages, known, replaceRecord } = state

  /** Drops the oldest messages beyond the limit. */
  const pruned = (conversation: KeptConversation): readonly StoreChange[] => {
    const { conversationId, lastSeq, completeFrom } = conversation
    const oldest = lastSeq - most + 1
    if (oldest <= Math.max(1, completeFrom)) return [replaceRecord(conversation)]
    return [replaceRecord({ ...conversation, completeFrom: oldest }), messages.drop(conversationId, oldest - 1)]
  }
  const counts = ({ actor, blocked }: KeptMessage): boolean => actor.userId !== me.userId && blocked === undefined
  const names = (one: KeptMessage, { content }: ConversationClientEvent): boolean =>
    counts(one) && isMentioned(content, me.userId)
  const add = (before: KeptConversation, made: KeptMessage, told: ConversationClientEvent): readonly StoreChange[] => {
    const unread = Math.min(unreadCap, before.unread + (counts(made) ? 1 : 0))
    const conversation = withMention({ ...before, unread }, made.seq, names(made, told))
    return [messages.put(made), ...pruned(conversation)]
  }
  const change = async (conversation: KeptConversation, seq: number, told: ConversationClientEvent): Changes => {
    const before = await messages.get(conversation.conversationId, seq)
    if (before === undefined) return [replaceRecord(conversation)]
    const after = changed(before, told.event, told.unreadable)
    const put = after === before ? [] : [messages.put(after)]
    if (told.type === 'deletion') return [...put, replaceRecord(await state.recounted(conversation))]
    const isEdited = told.type === 'edit' && after !== before
    return [...put, replaceRecord(isEdited ? withMention(conversation, seq, names(after, told)) : conversation)]
  }
  /** Nothing that the conversation's own setting and the dates leave: the event is only the server's word. */
  const expire = async (conversation: KeptConversation, upTo: number): Changes => {
    const { conversationId, retentionSeconds } = conversation
    if (retentionSeconds === null) return [replaceRecord(conversation)]
    const before = time.earliest() - retentionSeconds * 1000
    const dropped = await state.dropWhile(conversationId, ({ revision, at }) => revision <= upTo && at < before)
    return [...dropped, replaceRecord(await state.recounted(conversation))]
  }
  const fold = async (told: ConversationClientEvent, after: KeptConversation, isBlocked: boolean): Changes => {
    const { unreadable, event } = told
    const made = messageOf(event)
    const seq = changedSeq(event)
    if (seq !== undefined) return change(after, seq, told)
    if (event.type === 'MessagesExpired') return expire(after, Number(event.data.upTo))
    if (made === undefined) return [replaceRecord(after)]
    const noted = { ...(unreadable !== undefined && { unreadable }), ...(isBlocked && { blocked: true as const }) }
    return add(after, { ...made, ...noted }, told)
  }
  const kindOf = ({ event }: ConversationClientEvent): 'message' | 'facts' =>
    event.type === 'MessageSent' || changedSeq(event) !== undefined ? 'message' : 'facts'

  return {
    event: async (told: ConversationClientEvent, isBlocked: boolean): Changes => {
      const { event, conversationId } = told
      const before = known.get(conversationId)
      if (before !== undefined && event.revision <= before.lastRevision) return []
      for (const events of state.late) events.push(event)
      const changes = await fold(told, moved(before, event, me.userId), isBlocked)
      state.tell({ kind: kindOf(told), conversationId, event })
      return changes
    },
    /** A message that was unreadable before has been decrypted. */
    recovered: async (told: ConversationClientEvent): Changes => {
      const { event } = told
      const id = event.stream.id
      const before = await messages.get(id, messageOf(event)?.seq ?? changedSeq(event) ?? -1)
      const isShown = before !== undefined && contentRevision(before) === event.revision
      const conversation = known.get(id)
      const mention = isShown && conversation && withMention(conversation, before.seq, names(before, told))
      const changes = isShown ? [messages.put(readable(before)), ...(mention ? [replaceRecord(mention)] : [])] : []
      state.tell({ kind: 'message', conversationId: id, event })
      return changes
    },
  }
}
