import { accepted, type Decision, rejected } from '../../decision.ts'
import type { Actor, UserId } from '../../ids.ts'
import type { ChangeRole, LeaveConversation, RemoveMember } from '../conversation-commands.ts'
import type { MemberLeft, MemberRemoved, MembersAdded, RoleChanged, SignedDeparture } from '../conversation-events.ts'
import type { ConversationState } from '../conversation-state.ts'
import { staleEpoch } from '../groups/encryption.ts'
import type { RoleChange } from '../groups/group.ts'
import { asMembers, invitedAmong, memberLimit, memberLimitReached } from '../start-conversation.ts'
import type { Role } from './role.ts'
import { changesRole, isLastOwner, managesGroup, removes } from './roles.ts'

const forbidden = (message: string) => rejected('forbidden', message)
const notAMember = () => rejected('not_a_member', 'this user is not a member')
const lastOwner = () => rejected('last_owner', 'a group must have an owner')

/**
 * Why a commit may not add these users; undefined when it may. All or nothing: users who are members already are
 * named.
 */
export const refuseAdding = (
  state: ConversationState,
  role: Role,
  userIds: ReadonlySet<UserId>,
): Decision<never> | undefined => {
  if (!managesGroup(state, role)) return forbidden('only owners and admins of a group may add members')
  for (const userId of userIds) {
    if (state.members.has(userId)) return rejected('already_member', 'this user is already a member', { userId })
  }
  return state.members.size + userIds.size > memberLimit ? memberLimitReached() : undefined
}

export const membersAdded = (
  { lastSeq }: ConversationState,
  { at, actor }: { readonly at: number; readonly actor: Actor },
  userIds: ReadonlySet<UserId>,
  invited?: readonly UserId[],
): MembersAdded => {
  const members = asMembers(userIds)
  return { type: 'MembersAdded', at, actor, data: { members, ...invitedAmong(members, invited), lastSeq } }
}

/**
 * Devices believe a departure that is signed in the epoch that they are in. One from another epoch has to be signed
 * again.
 */
export const refuseLate = (
  { mls }: ConversationState,
  signed: SignedDeparture | undefined,
): Decision<never> | undefined => {
  if (mls === undefined || signed === undefined) return undefined
  const isPresent = signed.generation === mls.generation && signed.epoch === mls.epoch
  return isPresent ? undefined : staleEpoch(mls)
}

export const signedBy = <Signed>(signed: Signed | undefined) => (signed === undefined ? {} : { signed })

export const removeMember = (state: ConversationState, role: Role, command: RemoveMember): Decision<MemberRemoved> => {
  if (!managesGroup(state, role)) return forbidden('only owners and admins of a group may remove members')
  const { at, actor, clientSeq, userId, signed } = command
  if (userId === actor.userId) return forbidden('you cannot remove yourself: leave the conversation instead')
  const removed = state.members.get(userId)
  if (removed === undefined) return notAMember()
  if (!removes(role, removed)) return forbidden('only owners may remove owners and admins')
  const data = { userId, lastSeq: state.lastSeq, clientSeq, ...signedBy(signed) }
  return refuseLate(state, signed) ?? accepted({ type: 'MemberRemoved', at, actor, data })
}

/** A member who has not agreed cannot take over the group. */
const othersStay = ({ members, invited }: ConversationState, userId: UserId): boolean =>
  members.size - invited.size > (invited.has(userId) ? 0 : 1)

export const leave = (state: ConversationState, _role: Role, command: LeaveConversation): Decision<MemberLeft> => {
  if (state.kind === 'direct') return forbidden('a direct conversation cannot be left')
  const { at, actor, clientSeq, signed } = command
  if (othersStay(state, actor.userId) && isLastOwner(state, actor.userId)) return lastOwner()
  const data = { userId: actor.userId, lastSeq: state.lastSeq, clientSeq, ...signedBy(signed) }
  return refuseLate(state, signed) ?? accepted({ type: 'MemberLeft', at, actor, data })
}

/** Why a member with this role may not give another member a role; undefined when it is allowed. */
export const refuseRole = (state: ConversationState, role: Role, change: RoleChange): Decision<never> | undefined => {
  if (!managesGroup(state, role)) return forbidden('only owners and admins of a group may change roles')
  const before = state.members.get(change.userId)
  if (before === undefined) return notAMember()
  if (state.invited.has(change.userId)) return forbidden('a user who has not accepted yet cannot get another role')
  if (!changesRole(role, before, change.role)) return forbidden('admins may only make members admins')
  return change.role !== 'owner' && isLastOwner(state, change.userId) ? lastOwner() : undefined
}

/** `clientSeq`: present where no commit goes with it. */
export const roleChanged = (
  { at, actor }: { readonly at: number; readonly actor: Actor },
  { userId, role }: RoleChange,
  clientSeq?: number,
): RoleChanged => {
  const data = { userId, role, ...(clientSeq !== undefined && { clientSeq }) }
  return { type: 'RoleChanged', at, actor, data }
}

export const changeRole = (state: ConversationState, role: Role, command: ChangeRole): Decision<RoleChanged> =>
  refuseRole(state, role, command) ?? accepted(roleChanged(command, command, command.clientSeq))
