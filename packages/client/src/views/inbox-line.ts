import type { TypingActivity } from '@backscroll/protocol/client-frames'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { isArchived } from '../marks/conversation-marks.ts'
import type { KeptConversation } from '../replica/kept-conversation.ts'
import { isMessage } from './outbox-news.ts'
import { echoOf, entryOf, type TimelineEntry } from './timeline-entry.ts'
import type { ViewsDeps } from './views-deps.ts'

/** Preview of the newest message. */
export type MessagePreview = Pick<
  TimelineEntry,
  'messageId' | 'sender' | 'senderName' | 'isOwn' | 'at' | 'content' | 'text' | 'unreadable' | 'isDeleted' | 'state'
>

/** One conversation in the inbox. The object is the same as long as nothing in it changes. */
export interface InboxLine {
  readonly conversationId: string
  readonly kind: 'direct' | 'group'
  /** The other user of a direct conversation. */
  readonly peer: string | undefined
  /** The other user's display name, or undefined if this device does not know it. */
  readonly peerName: string | undefined
  /** The name of a group, if this device can read it. */
  readonly name: string | undefined
  /** Undefined if the conversation has no message, or this device does not have it. */
  readonly lastMessage: MessagePreview | undefined
  /** Time of the last activity, in milliseconds since the Unix epoch. The inbox is sorted by it. */
  readonly lastActivityAt: number
  /** A value of 100 means "more than 99". */
  readonly unread: number
  /** How many unread messages name this user, as this device has read them; at most 100. */
  readonly unreadMentions: number
  readonly typing: readonly string[]
  /** What each of them is doing, in the same order. */
  readonly typingActivities: readonly TypingActivity[]
  /** Display names in the same order. An item is undefined if this device does not know the name. */
  readonly typingNames: readonly (string | undefined)[]
  readonly draft: string
  readonly isBlocked: boolean
  readonly isMuted: boolean
  /** When the mute ends, in milliseconds since the Unix epoch. Undefined if the conversation is not muted. */
  readonly mutedUntil: number | 'forever' | undefined
  readonly isPinned: boolean
  readonly isArchived: boolean
  /** The user has marked the conversation as unread. */
  readonly isMarkedUnread: boolean
  /** Whether this user may post here: the group takes messages from everyone, or the user is an owner or admin. */
  readonly mayPost: boolean
}

const nothing = { failure: undefined, retry: undefined, discard: undefined }

const preview = ({
  messageId,
  sender,
  senderName,
  isOwn,
  at,
  content,
  text,
  unreadable,
  isDeleted,
  state,
}: TimelineEntry) => ({
  ...{ messageId, sender, senderName, isOwn, at, content, text, unreadable, isDeleted, state },
})

/** The last message that is waiting to be sent, if any. */
const lastWaiting = (deps: ViewsDeps, id: string): OutboxEntry | undefined => deps.waiting(id).findLast(isMessage)

export const activityOf = (deps: ViewsDeps, known: KeptConversation | undefined, id: string): number =>
  Math.max(known?.lastMessageAt ?? 0, lastWaiting(deps, id)?.queuedAt ?? 0)

const lastMessage = async (deps: ViewsDeps, known: KeptConversation | undefined, id: string) => {
  const { replica, readKept, blocks } = deps
  const me = { me: deps.me.userId, nameOf: deps.names.of }
  const waiting = lastWaiting(deps, id)
  const others = known?.peer == null ? deps.members(id).filter((one) => one !== me.me) : [known.peer]
  if (waiting !== undefined)
    return preview(echoOf(waiting, { ...me, others }, { ...nothing, upload: undefined, state: 'sending' }))
  const last = known && (await replica.message(id, known.lastSeq))
  if (last === undefined || (last.blocked === true && blocks.hides(id))) return undefined
  return preview(entryOf(await readKept(last), [], { ...me, others, marks: await replica.marks(id) }))
}

/** The recipient of a conversation that does not exist yet. */
const recipientOf = ({ command }: OutboxEntry): string | undefined => {
  if (command.kind === 'message') return command.recipientId
  return command.kind === 'group' && command.change.type === 'start' ? command.change.recipientId : undefined
}

const postsIn = ({ role, posting }: KeptConversation): boolean =>
  role !== null && (posting === 'everyone' || role !== 'member')

/** Whether the conversation is in the archive now. */
export const isInArchive = ({ marks, replica, now }: ViewsDeps, id: string): boolean =>
  isArchived(marks.of(id), replica.conversation(id)?.lastSeq ?? 0, now())

const marksOf = (deps: ViewsDeps, id: string) => {
  const { mutedUntil, pinned: isPinned, unread: isMarkedUnread } = deps.marks.of(id)
  const isMuted = deps.marks.isMuted(id)
  const until = isMuted && mutedUntil !== null ? mutedUntil : undefined
  return { isMuted, mutedUntil: until, isPinned, isMarkedUnread, isArchived: isInArchive(deps, id) }
}

type Unnamed = Omit<InboxLine, 'peerName' | 'typingNames'>

/** The line with the current display names. */
export const named = (line: Unnamed, nameOf: (userId: string) => string | undefined): InboxLine => ({
  ...line,
  peerName: line.peer === undefined ? undefined : nameOf(line.peer),
  typingNames: line.typing.map(nameOf),
  lastMessage: line.lastMessage && { ...line.lastMessage, senderName: nameOf(line.lastMessage.sender) },
})

export const inboxLine = async (deps: ViewsDeps, id: string): Promise<Unnamed> => {
  const known = deps.replica.conversation(id)
  const isBlocked = deps.blocks.hides(id)
  const [recipient] = deps.waiting(id).flatMap((entry) => recipientOf(entry) ?? [])
  const peer = known?.peer ?? recipient
  return {
    ...{ conversationId: id, kind: known?.kind ?? (recipient === undefined ? 'group' : 'direct'), peer, isBlocked },
    ...{ name: await deps.nameOf(id), lastMessage: await lastMessage(deps, known, id) },
    lastActivityAt: activityOf(deps, known, id),
    unread: isBlocked ? 0 : (known?.unread ?? 0),
    unreadMentions: isBlocked ? 0 : (known?.mentionedIn.length ?? 0),
    mayPost: known === undefined || postsIn(known),
    ...marksOf(deps, id),
    ...{ typing: isBlocked ? [] : deps.typing.of(id), draft: deps.drafts.of(id) },
    typingActivities: isBlocked ? [] : deps.typing.activitiesOf(id),
  }
}
