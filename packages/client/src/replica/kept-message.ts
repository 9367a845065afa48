import { type Message, message, reaction } from '@backscroll/protocol/rest/messages'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

const keptReaction = reaction.omit({ ciphertext: true })

/**
 * What this device stores about a message to show it offline: sender, time and state. The content is stored among
 * the plaintexts, and is removed there when the message is deleted or expires.
 */
export const keptMessage = message.omit({ ciphertext: true, expired: true, reactions: true }).extend({
  reactions: z.array(keptReaction),
  /** Why this device could not decrypt the message. */
  unreadable: z.string().optional(),
  /** The message arrived while its sender was blocked. */
  blocked: z.literal(true).optional(),
})

type KeptReaction = z.output<typeof keptReaction>
export type KeptMessage = Omit<z.output<typeof keptMessage>, 'reactions'> & {
  readonly reactions: readonly KeptReaction[]
}

/** The revision of the event that the displayed content came from: the newest edit, or the message itself. */
export const contentRevision = ({ edited, revision }: KeptMessage): number => edited?.revision ?? revision

const target = z.object({ messageId: z.string(), revision: z.int(), seq: z.int() })
const described = {
  messageId: z.string(),
  contentType: z.string().optional(),
  mediaIds: z.array(z.string()).optional(),
  /** For display only. An implausible sender's clock is no reason to drop the message. */
  sentAt: z.int().optional().catch(undefined),
}
const sentData = z.object({ ...described, seq: z.int(), replyTo: target.optional() })
const changeData = z.object({ ...described, target })

/** Undefined if the event is not a new message. */
export const messageOf = (event: WireEvent): KeptMessage | undefined => {
  const data = event.type === 'MessageSent' ? sentData.safeParse(event.data).data : undefined
  if (data === undefined) return undefined
  const { contentType = null, replyTo = null, mediaIds = [], sentAt = null, messageId, seq } = data
  const { stream, revision, at, actor } = event
  const said = { messageId, seq, contentType, replyTo, mediaIds, sentAt }
  return {
    ...{ conversationId: stream.id, revision, at, actor: { ...actor }, ...said },
    ...{ edited: null, deleted: null, reactions: [] },
  }
}

/** The number of the message that an event changes, or undefined if it changes none. */
export const changedSeq = (event: WireEvent): number | undefined =>
  ['MessageEdited', 'MessageDeleted', 'MessageReacted'].includes(event.type)
    ? changeData.safeParse(event.data).data?.target.seq
    : undefined

type Change = z.output<typeof changeData>

const edited = (before: KeptMessage, { revision, at }: WireEvent, data: Change, unreadable?: string): KeptMessage => {
  if (data.target.revision !== before.revision || revision <= contentRevision(before)) return before
  const { unreadable: _before, ...rest } = before
  return {
    ...rest,
    contentType: data.contentType ?? before.contentType,
    mediaIds: data.mediaIds ?? before.mediaIds,
    edited: { messageId: data.messageId, revision, at },
    ...(unreadable !== undefined && { unreadable }),
  }
}

/** A deletion targets either the message with everything attached to it, or one of its reactions. */
const deleted = (before: KeptMessage, { actor, at }: WireEvent, data: Change): KeptMessage => {
  if (data.target.revision === before.revision) return withoutContent(before, { by: actor.userId, at })
  const reactions = before.reactions.filter(({ revision }) => revision !== data.target.revision)
  return reactions.length === before.reactions.length ? before : { ...before, reactions }
}

const withoutContent = (before: KeptMessage, deleted: KeptMessage['deleted']): KeptMessage => {
  const { unreadable: _gone, ...rest } = before
  return { ...rest, mediaIds: [], reactions: [], deleted }
}

/** A user's newer reaction replaces the older one. */
const reacted = (before: KeptMessage, { revision, at, actor }: WireEvent, data: Change): KeptMessage => {
  const same = before.reactions.find((one) => one.actor.userId === actor.userId)
  if (data.target.revision !== before.revision || (same?.revision ?? -1) >= revision) return before
  const { messageId, contentType = null } = data
  const made: KeptReaction = { messageId, revision, at, actor: { ...actor }, contentType }
  return { ...before, reactions: [...before.reactions.filter((one) => one !== same), made] }
}

/** Applies an event of the conversation to a message. An event that was applied before returns the same object. */
export const changed = (before: KeptMessage, event: WireEvent, unreadable?: string): KeptMessage => {
  const data = before.deleted === null ? changeData.safeParse(event.data).data : undefined
  if (data === undefined) return before
  if (event.type === 'MessageEdited') return edited(before, event, data, unreadable)
  if (event.type === 'MessageReacted') return reacted(before, event, data)
  return event.type === 'MessageDeleted' ? deleted(before, event, data) : before
}

/** Converts a message as the server returned it. Undefined if the message has expired. */
export const keptOf = (told: Omit<Message, 'ciphertext' | 'reactions'> & { reactions: readonly KeptReaction[] }) =>
  told.expired ? undefined : keptMessage.parse(told)
