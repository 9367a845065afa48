import type { MessageUpload } from '../commands/message-upload.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { type Mention, validMentions } from '../content/content-marks.ts'
import type { Content } from '../content/message-content.ts'
import { readableOf } from '../content/readable-content.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { ClientErrorCode } from '../errors/backscroll-error.ts'
import type { Reached } from '../replica/mark-shelf.ts'
import type { ReadableKept } from '../replica/read-kept.ts'
import { type MessageState, reachedBy } from './reached-by.ts'
import { isVote, type TimelinePoll, timelinePoll } from './timeline-poll.ts'

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

export interface TimelineMention extends Mention {
  /** The user's display name, or undefined if this device does not know it. */
  readonly userName: string | undefined
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
  /** The text of the message, or the question of a poll. Undefined if it has none. */
  readonly text: string | undefined
  /** The members whom the text names, in the order of the text. */
  readonly mentions: readonly TimelineMention[]
  /** This user is one of them. */
  readonly isMentioned: boolean
  /** How often the content was forwarded before, as its sender says. 0: it was not. */
  readonly forwarded: number
  readonly poll: TimelinePoll | undefined
  /** Why this device cannot decrypt the message. */
  readonly unreadable: string | undefined
  readonly replyTo: { readonly messageId: string; readonly revision: number; readonly seq: number } | undefined
  readonly isEdited: boolean
  readonly isDeleted: boolean
  /** This user has starred the message. */
  readonly isStarred: boolean
  readonly reactions: readonly TimelineReaction[]
  readonly state: MessageState
  /**
   * How far its files are, for an own message that waits for them. Undefined in every other case: its files are in
   * `content` then.
   */
  readonly upload: MessageUpload | undefined
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
  switch (content?.type) {
    case 'text':
    case 'reply':
    case 'edit':
    case 'attachment':
      return content.body.text
    case 'poll':
      return content.body.question
    default:
      return undefined
  }
}

const mentionsIn = (content: Content | undefined, { me, others, nameOf }: Reader): readonly TimelineMention[] => {
  if (content === undefined || !('mentions' in content.body) || content.body.mentions === undefined) return none
  const isMember = (userId: string) => userId === me || others.includes(userId)
  const found = validMentions(textOf(content) ?? '', content.body.mentions, isMember)
  return found.map((one) => ({ ...one, userName: nameOf(one.userId) }))
}

/** What the content says, for display. */
const saidBy = (content: Content | undefined, by: Reader) => {
  const mentions = mentionsIn(content, by)
  const forwarded = (content && 'forwarded' in content.body && content.body.forwarded) || 0
  const isMentioned = mentions.some(({ userId }) => userId === by.me)
  return { content, text: textOf(content), mentions, isMentioned, forwarded }
}

const emojiOf = (content: Content | undefined): string | undefined =>
  content?.type === 'reaction' ? content.body.emoji : undefined

const contentOf = ({ command }: OutboxEntry): Content | undefined =>
  command.kind === 'message' && command.plaintext !== undefined
    ? readableOf(fromBase64(command.plaintext)).content
    : undefined

const none: readonly never[] = []
const saidNothing = { content: undefined, text: undefined, mentions: none, isMentioned: false, forwarded: 0 }
const ofOthers = {
  upload: undefined,
  readBy: none,
  readByNames: none,
  failure: undefined,
  retry: undefined,
  discard: undefined,
}

/** Applies a pending edit, reaction or deletion of this device before the server has accepted it. */
const withPending = (shown: TimelineEntry, entry: OutboxEntry, by: Reader): TimelineEntry => {
  const { me, nameOf } = by
  const relatesTo = entry.command.kind === 'message' ? entry.command.relatesTo : undefined
  if (relatesTo?.kind === 'delete') return deletedBy(shown, relatesTo.revision)
  if (relatesTo === undefined || shown.isDeleted) return shown
  const content = contentOf(entry)
  if (relatesTo.kind === 'edit' && (shown.content?.type === 'poll' || content?.type === 'poll_closed')) return shown
  if (relatesTo.kind === 'edit') return { ...shown, ...saidBy(content, by), unreadable: undefined, isEdited: true }
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
  return { ...before, ...saidNothing, isDeleted: true, reactions: none }
}

interface Me {
  readonly me: string
  /** The user's display name. */
  readonly nameOf: (userId: string) => string | undefined
}

interface Reader extends Me {
  readonly others: readonly string[]
}

export interface ShownBy extends Reader {
  /** Default: nothing is starred. */
  readonly isStarred?: (messageId: string) => boolean
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
  const said = { ...saidBy(content, by), unreadable: one.unreadable, replyTo: replyTo ?? undefined, poll: undefined }
  const isEdited = one.edited !== null && content?.type !== 'poll'
  const isStarred = by.isStarred?.(messageId) === true
  const changes = { isEdited, isDeleted: one.deleted !== null, isStarred, reactions }
  const ref = { messageId, revision, seq }
  const sender = { sender: actor.userId, senderName: by.nameOf(actor.userId), isOwn }
  let shown: TimelineEntry = {
    ...{ messageId, ...sender, at, ref, ...said, ...changes, ...ofOthers, state: 'received' },
    ...progress,
  }
  for (const entry of pending) shown = withPending(shown, entry, by)
  const closedAt = one.closedAt ?? (pending.some(closesPoll) ? Number.MAX_SAFE_INTEGER : undefined)
  return counted(shown, closedAt, by)
}

const closesPoll = (entry: OutboxEntry): boolean => contentOf(entry)?.type === 'poll_closed'

/** Votes are counted in the poll, and are no reactions for display. */
const counted = (shown: TimelineEntry, closedAt: number | undefined, { me }: Me): TimelineEntry => {
  const poll = timelinePoll(shown.content, closedAt, shown.reactions, me)
  return { ...shown, poll, reactions: shown.reactions.filter((one) => !isVote(one)) }
}

/** The entry of a message that has no event yet. */
export const echoOf = (
  entry: OutboxEntry,
  by: Reader,
  how: Pick<TimelineEntry, 'state' | 'upload' | 'failure' | 'retry' | 'discard'>,
): TimelineEntry => {
  const { me, nameOf } = by
  const { messageId, command, queuedAt } = entry
  const content = contentOf(entry)
  const relatesTo = command.kind === 'message' ? command.relatesTo : undefined
  const replyTo = relatesTo && { messageId: relatesTo.messageId, revision: relatesTo.revision, seq: relatesTo.seq }
  const at = queuedAt ?? (command.kind === 'message' ? command.sentAt : 0)
  const said = { ...saidBy(content, by), unreadable: undefined, replyTo, poll: undefined }
  const changes = {
    isEdited: false,
    isDeleted: false,
    isStarred: false,
    reactions: none,
    readBy: none,
    readByNames: none,
  }
  const sender = { sender: me, senderName: nameOf(me), isOwn: true }
  return counted({ messageId, ...sender, at, ref: undefined, ...said, ...changes, ...how }, undefined, by)
}
