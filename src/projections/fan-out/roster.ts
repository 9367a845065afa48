import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import { ifUnderstood } from '../../codec/undecodable-event.ts'
import type { UserId } from '../../domain/ids.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'

/** The users who get a conversation's events as of one revision, and those who wrote recently. */
export interface Roster {
  /** The revision of the last event applied. */
  revision: number
  /** Replaced, never changed: the same object means the same members. */
  audience: readonly string[]
  /** Senders of the newest messages, the most recent last; limited. */
  readonly senders: Set<string>
  /** False until the senders of older messages have been read from the log. */
  sendersKnown: boolean
}

const recentSenders = 64

export const createRoster = (revision: number, audience: readonly string[]): Roster => ({
  revision,
  audience,
  senders: new Set(),
  sendersKnown: revision === -1,
})

/** The few event types that change the membership; no other is parsed. */
const rosterEvents: ReadonlySet<string> = new Set([
  'ConversationStarted',
  'MembersAdded',
  'InvitationAccepted',
  'MemberRemoved',
  'MemberLeft',
  'ConversationDeleted',
])

export interface Joining {
  readonly joined: readonly string[]
  readonly parted: readonly string[]
}

/** Nothing reaches a member who has not agreed. */
const reachedBy = ({ members, invited = [] }: Entering): readonly string[] => {
  const all = members.map(({ userId }) => userId)
  return invited.length === 0 ? all : all.filter((userId) => !invited.includes(userId))
}

interface Entering {
  readonly members: readonly { readonly userId: UserId }[]
  readonly invited?: readonly UserId[]
}

/** The users who join and leave by this event. Undefined if it changes no membership. */
export const joiningOf = (recorded: RecordedEvent): Joining | undefined => {
  if (!rosterEvents.has(recorded.type)) return undefined
  // The views of this stream stop at an event that they do not understand, and so does the roster. All other streams
  // go on.
  const event = ifUnderstood(decodeConversationEvent, recorded)
  switch (event?.type) {
    case 'ConversationStarted':
    case 'MembersAdded':
      return { joined: reachedBy(event.data), parted: [] }
    case 'InvitationAccepted':
      return { joined: [event.data.userId], parted: [] }
    case 'MemberRemoved':
    case 'MemberLeft':
      return { joined: [], parted: [event.data.userId] }
    case 'ConversationDeleted':
      return { joined: [], parted: event.data.members }
    default:
      return undefined
  }
}

export const noteSender = ({ senders }: Roster, userId: string): void => {
  senders.delete(userId)
  senders.add(userId)
  if (senders.size <= recentSenders) return
  for (const oldest of senders) {
    senders.delete(oldest)
    return
  }
}

const apply = (roster: Roster, { joined, parted }: Joining): void => {
  const gone = new Set(parted)
  const stay = roster.audience.filter((userId) => !gone.has(userId))
  roster.audience = [...new Set([...stay, ...joined])]
  for (const userId of parted) roster.senders.delete(userId)
}

/**
 * Applies the conversation's next event and answers who gets it: the members before it and after it. So a removed
 * member still learns of the removal, and a new member begins with the event that adds it.
 */
export const follow = (roster: Roster, event: RecordedEvent): readonly string[] => {
  roster.revision = event.revision
  if (event.type === 'MessageSent') {
    noteSender(roster, event.userId)
    return roster.audience
  }
  const joining = joiningOf(event)
  if (joining === undefined) return roster.audience
  const before = roster.audience
  apply(roster, joining)
  return joining.parted.length > 0 ? before : roster.audience
}
