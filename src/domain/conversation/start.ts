import { accepted, type Decision, rejected } from '../decision.ts'
import type { UserId } from '../ids.ts'
import type { StartDirect, StartGroup } from './commands.ts'
import type { ConversationStarted, Member } from './events.ts'
import type { ConversationState } from './state.ts'

/** Members of one group. */
export const memberLimit = 1024

export const memberLimitReached = (): Decision<never> =>
  rejected('member_limit', 'the group would have too many members', { limit: memberLimit })

export const asMembers = (userIds: Iterable<UserId>): readonly Member[] =>
  [...userIds].map((userId) => ({ userId, role: 'member' }))

const alreadyExists = () => rejected('already_exists', 'a conversation of this id exists already')

export const startGroup = (state: ConversationState, command: StartGroup): Decision<ConversationStarted> => {
  if (state.exists) return alreadyExists()
  const { at, actor, clientSeq, name, description } = command
  const others = new Set(command.members)
  others.delete(actor.userId)
  if (others.size + 1 > memberLimit) return memberLimitReached()
  const members: readonly Member[] = [{ userId: actor.userId, role: 'owner' }, ...asMembers(others)]
  const texts = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) }
  return accepted({ type: 'ConversationStarted', at, actor, data: { kind: 'group', ...texts, members, clientSeq } })
}

/** The one direct conversation of the actor and `peer`, who may be the same person. */
export const startDirect = (state: ConversationState, command: StartDirect): Decision<ConversationStarted> => {
  if (state.exists) return alreadyExists()
  const { at, actor, peer, clientSeq } = command
  const members = asMembers(new Set([actor.userId, peer]))
  return accepted({ type: 'ConversationStarted', at, actor, data: { kind: 'direct', members, clientSeq } })
}
