import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { Content } from '../content/message-content.ts'
import { readableOf } from '../content/readable-content.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { ClientErrorCode } from '../errors/backscroll-error.ts'
import type { Reached } from '../replica/mark-shelf.ts'
import type { ReadableKept } from '../replica/read-kept.ts'

/**
 * Own messages go from `sending` to `read`, or to `failed`. Other users' messages are `received`. In a group,
 * `delivered` and `read` mean all other members.
 */
export type MessageState = 'received' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface TimelineReaction {
  readonly messageId: string
  readonly userId: string
  /** The user's display name, or undefined if this device does not know it. */
  readonly userName: string | undefined
  readonly isOwn: boolean
  readonly content: Content | undefined
  readonly emoji: string | undefined
  /** The reference for `client.delete`. Undefined while the reaction is being sent. */
  readonly ref: { readonly messageId: string; readonly revision: number; readonly seq: number } | undefined
}

/** One message for display. The object is the same as long as nothing in it changes. */
export interface TimelineEntry {
  /** Stable from the moment the message is given, over retries and restarts. Use it as the list key. */
  readonly messageId: string
  readonly sender: string
  /** The sender's display name, or undefined if this device does not know it. */
  readonly senderName: string | undefined
  /** Sent by this user, from any device. */
  readonly isOwn: boolean
  /**
   * Milliseconds since the Unix epoch: server time, or, until the server accepts the message, the time at which
   * it was given.
   */
  readonly at: number
  /** The reference for `client.reply`, `markRead` and the like. Undefined until the server has accepted the message. */
  readonly ref: { readonly messageId: string; readonly revision: number; readonly seq: number } | undefined
  readonly content: Content | undefined
  /** The text of the message. Undefined if it has none. */
  readonly text: string | undefined
  /** Why this device cannot decrypt the message. */
  readonly unreadable: string | undefined
  readonly replyTo: { readonly messageId: string; readonly revision: number; readonly seq: number } | undefined
  readonly isEdited: boolean
  readonly isDeleted: boolean
  readonly reactions: readonly TimelineReaction[]
  readonly state: MessageState
  /** Other users who have read the message. Filled only for own messages. */
  readonly readBy: readonly string[]
  /** Display names in the same order. An item is undefined if this device does not know the name. */
  readonly readByNames: readonly (string | undefined)[]
  /** Why the message was finally rejected. */
  readonly failure: { readonly code: ClientErrorCode; readonly message: string } | undefined
  /**
   * For a failed message: send it again, or discard it. Each resolves when the change is stored. Undefined in
   * every other state.
   */
  readonly retry: (() => Promise<void>) | undefined
  readonly discard: (() => Promise<void>) | undefined
}

export const textOf = (content: Content | undefined): string | undefined => {
  if (content === undefined || content.type === 'bytes' || content.type === 'reaction') return undefined
  return content.body.text
}

const emojiOf = (content: Content | undefined): string | undefined =>
  content?.type === 'reaction' ? content.body.emoji : undefined

const contentOf = ({ command }: OutboxEntry): Content | undefined =>
  command.kind === 'message' && command.plaintext !== undefined
    ? readableOf(fromBase64(command.plaintext)).content
    : undefined

const none: readonly never[] = []
const ofOthers = { readBy: none, readByNames: none, failure: undefined, retry: undefined, discard: undefined }

/** The state of one of this user's own messages, from the watermarks of the others. */
export const reachedBy = (
  seq: number,
  others: readonly string[],
  marks: ReadonlyMap<string, Reached>,
): { readonly state: MessageState; readonly readBy: readonly string[] } => {
  const readBy = [...marks].filter(([, { read }]) => read >= seq).map(([userId]) => userId)
  const all = (field: keyof Reached) =>
    others.length > 0 && others.every((one) => (marks.get(one)?.[field] ?? 0) >= seq)
  const state = all('read') ? 'read' : all('delivered') ? 'delivered' : 'sent'
  return { state, readBy: readBy.sort() }
}

/** Whether the entry displays this user's name. */
export const isAbout = ({ sender, readBy, reactions }: TimelineEntry, userId: string): boolean =>
  sender === userId || readBy.includes(userId) || reactions.some((one) => one.userId === userId)

/** All display names in the entry, as one comparable string. */
export const namesIn = ({ senderName, readByNames, reactions }: TimelineEntry): string =>
  JSON.stringify([senderName, readByNames, reactions.map(({ userName }) => userName)])

/** Applies a pending edit, reaction or deletion of this device before the server has accepted it. */
const withPending = (shown: TimelineEntry, entry: OutboxEntry, { me, nameOf }: Me): TimelineEntry => {
  const relatesTo = entry.command.kind === 'message' ? entry.command.relatesTo : undefined
  if (relatesTo?.kind === 'delete') return deletedBy(shown, relatesTo.revision)
  if (relatesTo === undefined || shown.isDeleted) return shown
  const content = contentOf(entry)
  if (relatesTo.kind === 'edit')
    return { ...shown, content, text: textOf(content), unreadable: undefined, isEdited: true }
  const { messageId } = entry
  const made = {
    messageId,
    userId: me,
    userName: nameOf(me),
    isOwn: true,
    content,
    emoji: emojiOf(content),
    ref: undefined,
  }
  return { ...shown, reactions: [...shown.reactions.filter(({ isOwn }) => !isOwn), made] }
}

/** Deletes the message itself, or one of its reactions. */
const deletedBy = (before: TimelineEntry, revision: number | undefined): TimelineEntry => {
  if (revision !== before.ref?.revision)
    return { ...before, reactions: before.reactions.filter(({ ref }) => ref?.revision !== revision) }
  return { ...before, content: undefined, text: undefined, isDeleted: true, reactions: none }
}

interface Me {
  readonly me: string
  /** The user's display name. */
  readonly nameOf: (userId: string) => string | undefined
}

export interface ShownBy extends Me {
  readonly others: readonly string[]
  readonly marks: ReadonlyMap<string, Reached>
}

/** The entry of a message that the server has accepted. */
export const entryOf = (one: ReadableKept, pending: readonly OutboxEntry[], by: ShownBy): TimelineEntry => {
  const { messageId, revision, seq, actor, at, content, replyTo } = one
  const isOwn = actor.userId === by.me
  const reached = isOwn ? reachedBy(seq, by.others, by.marks) : undefined
  const progress = reached && { ...reached, readByNames: reached.readBy.map(by.nameOf) }
  const reactions = one.reactions.map((reaction) => ({
    messageId: reaction.messageId,
    userId: reaction.actor.userId,
    userName: by.nameOf(reaction.actor.userId),
    isOwn: reaction.actor.userId === by.me,
    content: reaction.content,
    emoji: emojiOf(reaction.content),
    ref: { messageId: reaction.messageId, revision: reaction.revision, seq },
  }))
  const said = { content, text: textOf(content), unreadable: one.unreadable, replyTo: replyTo ?? undefined }
  const changes = { isEdited: one.edited !== null, isDeleted: one.deleted !== null, reactions }
  const ref = { messageId, revision, seq }
  const sender = { sender: actor.userId, senderName: by.nameOf(actor.userId), isOwn }
  let shown: TimelineEntry = {
    ...{ messageId, ...sender, at, ref, ...said, ...changes, ...ofOthers, state: 'received' },
    ...progress,
  }
  for (const entry of pending) shown = withPending(shown, entry, by)
  return shown
}

/** The entry of a message that has no event yet. */
export const echoOf = (
  entry: OutboxEntry,
  { me, nameOf }: Me,
  how: Pick<TimelineEntry, 'state' | 'failure' | 'retry' | 'discard'>,
): TimelineEntry => {
  const { messageId, command, queuedAt } = entry
  const content = contentOf(entry)
  const relatesTo = command.kind === 'message' ? command.relatesTo : undefined
  const replyTo = relatesTo && { messageId: relatesTo.messageId, revision: relatesTo.revision, seq: relatesTo.seq }
  const at = queuedAt ?? (command.kind === 'message' ? command.sentAt : 0)
  const said = { content, text: textOf(content), unreadable: undefined, replyTo }
  const changes = { isEdited: false, isDeleted: false, reactions: none, readBy: none, readByNames: none }
  const sender = { sender: me, senderName: nameOf(me), isOwn: true }
  return { messageId, ...sender, at, ref: undefined, ...said, ...changes, ...how }
}
