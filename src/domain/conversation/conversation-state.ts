import type { UserId } from '../ids.ts'
import type { ConversationEvent, Member, Posting, ServerEvent } from './conversation-events.ts'
import { type Devices, noDevices, remember } from './exactly-once.ts'
import { evolveGroup } from './groups/epochs.ts'
import type { Group } from './groups/group.ts'
import { type EarlierMemberships, noteMembership } from './members/earlier-memberships.ts'
import type { Role } from './members/role.ts'
import { retentionOfDeleted } from './retention-of-deleted.ts'

/** How many deletions a state remembers: enough to cover those that the views may not have seen yet. */
export const rememberedDeletions = 256

/**
 * What decisions need to know of a conversation. Its size is limited by its members and by the devices that ever
 * acted in it.
 */
export interface ConversationState {
  exists: boolean
  /** Meaningless before `exists`. */
  kind: 'direct' | 'group'
  /** By user id, in order of joining. */
  readonly members: Map<string, Role>
  /** The members who have not agreed yet. */
  readonly invited: Set<string>
  /** For each member, the revision of the event that began the membership. */
  readonly joined: Map<string, number>
  readonly earlier: EarlierMemberships
  retentionSeconds: number | null
  /** The user who set it. */
  retentionBy: UserId | null
  posting: Posting
  /** All messages up to this revision have expired; -1: none has. */
  expiredUpTo: number
  /** An admin has closed the group. */
  isClosed: boolean
  /** Number of the newest message; 0 if none. */
  lastSeq: number
  /** The revision of the last event; -1 before the first. */
  revision: number
  readonly devices: Devices
  /**
   * The latest deletions of messages and reactions, oldest first: the revision of each, and of the event that
   * deleted it.
   */
  readonly deleted: Map<number, number>
  /** Revision of the newest deletion that is no longer remembered; -1: all are remembered. */
  forgottenDeletion: number
  /** Revision of the newest event by which a member left or was removed; -1 before the first. */
  departed: number
  /** The encryption group; undefined until there is one. */
  mls: Group | undefined
}

export const initialState = (): ConversationState => ({
  exists: false,
  kind: 'group',
  members: new Map(),
  invited: new Set(),
  joined: new Map(),
  earlier: new Map(),
  retentionSeconds: null,
  retentionBy: null,
  posting: 'everyone',
  expiredUpTo: -1,
  isClosed: false,
  lastSeq: 0,
  revision: -1,
  devices: noDevices(),
  deleted: new Map(),
  forgottenDeletion: -1,
  departed: -1,
  mls: undefined,
})

interface Joining {
  readonly members: readonly Member[]
  readonly invited?: readonly string[]
}

const join = (state: ConversationState, { members, invited = [] }: Joining): void => {
  for (const { userId, role } of members) {
    if (!state.members.has(userId)) state.joined.set(userId, state.revision)
    state.members.set(userId, role)
  }
  for (const userId of invited) state.invited.add(userId)
}

const part = (state: ConversationState, userId: string): void => {
  const joined = state.joined.get(userId)
  // A user who never agreed has seen nothing.
  if (joined !== undefined && !state.invited.has(userId))
    noteMembership(state.earlier, userId, [joined, state.revision])
  state.members.delete(userId)
  state.invited.delete(userId)
  state.joined.delete(userId)
}

const noteDeletion = (state: ConversationState, revision: number): void => {
  state.deleted.set(revision, state.revision)
  if (state.deleted.size <= rememberedDeletions) return
  for (const [oldest, by] of state.deleted) {
    state.deleted.delete(oldest)
    state.forgottenDeletion = by
    return
  }
}

const apply = (state: ConversationState, event: ConversationEvent): void => {
  switch (event.type) {
    case 'MessageSent':
      state.lastSeq = event.data.seq
      return
    case 'ConversationStarted':
      state.exists = true
      state.kind = event.data.kind
      join(state, event.data)
      return
    case 'MembersAdded':
      join(state, event.data)
      return
    case 'InvitationAccepted':
      state.invited.delete(event.data.userId)
      return
    case 'MemberRemoved':
    case 'MemberLeft':
      part(state, event.data.userId)
      state.departed = state.revision
      state.mls = evolveGroup(state.mls, event)
      return
    case 'RoleChanged':
      state.members.set(event.data.userId, event.data.role)
      return
    case 'RetentionChanged':
      state.retentionSeconds = event.data.seconds
      state.retentionBy = event.actor.userId
      return
    case 'PostingChanged':
      state.posting = event.data.posting
      return
    case 'MessagesExpired':
      state.expiredUpTo = event.data.upTo
      return
    case 'ConversationClosed':
      state.isClosed = true
      return
    case 'ConversationDeleted':
      for (const userId of event.data.members) part(state, userId)
      state.departed = state.revision
      state.retentionSeconds = retentionOfDeleted
      state.retentionBy = event.actor.userId
      state.mls = evolveGroup(state.mls, event)
      return
    case 'MessageDeleted':
      noteDeletion(state, event.data.target.revision)
      return
    case 'GroupCommitted':
    case 'GroupReset':
    case 'DeviceRemovalAsked':
      state.mls = evolveGroup(state.mls, event)
      return
    case 'ConversationRenamed':
    case 'ConversationDescribed':
    case 'MessageEdited':
    case 'MessageReacted':
    case 'ControlSent':
      return
    default:
      event satisfies never
  }
}

const isServerEvent = (event: ConversationEvent): event is ServerEvent =>
  event.type === 'DeviceRemovalAsked' ||
  event.type === 'MessagesExpired' ||
  event.type === 'InvitationAccepted' ||
  event.type === 'ConversationClosed'

/**
 * Folds the stream's next event. Owns `state`: it changes the state in place and returns it, because copying maps
 * of a thousand devices for each event costs more than everything else. It is a pure function to its callers as
 * long as nobody keeps or shares the state that was passed in.
 */
export const evolve = (state: ConversationState, event: ConversationEvent): ConversationState => {
  state.revision += 1
  apply(state, event)
  if (!isServerEvent(event) && event.data.clientSeq !== undefined)
    remember(state.devices, event, event.data.clientSeq, state.revision)
  return state
}
