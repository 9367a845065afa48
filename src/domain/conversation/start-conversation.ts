import { accepted, type Decision, rejected } from '../decision.ts'
import type { UserId } from '../ids.ts'
import type { StartDirect, StartGroup } from './conversation-commands.ts'
import type { ConversationStarted, Member } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'

/** Members of one group. */
export const memberLimit = 1024

export const memberLimitReached = (): Decision<never> =>
  rejected('member_limit', 'the group would have too many members', { limit: memberLimit })

export const asMembers = (userIds: Iterable<UserId>): readonly Member[] =>
  [...userIds].map((userId) => ({ userId, role: 'member' }))

/** The members who are asked first, in the order of joining. The field is absent when there are none. */
export const invitedAmong = (
  members: readonly Member[],
  invited: readonly UserId[] | undefined,
): { readonly invited?: readonly UserId[] } => {
  const asked = new Set(invited)
  const found = members.flatMap(({ userId }) => (asked.has(userId) ? [userId] : []))
  return found.length === 0 ? {} : { invited: found }
}

const alreadyExists = () => rejected('already_exists', 'a conversation with this id already exists')

export const startGroup = (state: ConversationState, command: StartGroup): Decision<ConversationStarted> => {
  if (state.exists) return alreadyExists()
  const { at, actor, clientSeq, name, description } = command
  const others = new Set(command.members)
  others.delete(actor.userId)
  if (others.size + 1 > memberLimit) return memberLimitReached()
  const asked = asMembers(others)
  const members: readonly Member[] = [{ userId: actor.userId, role: 'owner' }, ...asked]
  const texts = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) }
  const people = { members, ...invitedAmong(asked, command.invited) }
  return accepted({ type: 'ConversationStarted', at, actor, data: { kind: 'group', ...texts, ...people, clientSeq } })
}

/** The one direct conversation of the actor and `peer`, who may be the same user. */
export const startDirect = (state: ConversationState, command: StartDirect): Decision<ConversationStarted> => {
  if (state.exists) return alreadyExists()
  const { at, actor, peer, clientSeq } = command
  const members = asMembers(new Set([actor.userId, peer]))
  const others = members.filter(({ userId }) => userId !== actor.userId)
  const people = { members, ...invitedAmong(others, command.invited) }
  return accepted({ type: 'ConversationStarted', at, actor, data: { kind: 'direct', ...people, clientSeq } })
}
