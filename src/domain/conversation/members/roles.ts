import type { ConversationState } from '../conversation-state.ts'
import type { Role } from './role.ts'

/**
 * The permissions of each role. In a direct conversation both users are `member`.
 *
 * |                                      | owner | admin        | member | in a direct conversation |
 * |--------------------------------------|-------|--------------|--------|--------------------------|
 * | send, reply, edit an own message     | yes   | yes          | yes^   | yes                      |
 * | react, delete an own message         | yes   | yes          | yes    | yes                      |
 * | delete an own reaction               | yes   | yes          | yes    | yes                      |
 * | delete another's message             | yes   | yes          | no     | no                       |
 * | rename, describe, say who may post   | yes   | yes          | no     | no                       |
 * | change retention                     | yes   | yes          | no     | yes                      |
 * | add (as member)                      | yes   | yes          | no     | no                       |
 * | remove another                       | yes   | members only | no     | no                       |
 * | change a role                        | any   | member->admin| no     | no                       |
 * | leave                                | yes*  | yes          | yes    | no                       |
 * | delete the group                     | yes   | no           | no     | no                       |
 *
 * `*` The last owner may neither leave while others remain nor take another role: a group keeps an owner. The last member may
 * leave; the group is then empty for ever. Nobody removes the own user: that is leaving.
 * `^` Not where only admins post.
 */
export const managesGroup = (state: ConversationState, role: Role): boolean =>
  state.kind === 'group' && role !== 'member'

/** May somebody with `role` send new content? */
export const posts = ({ posting }: ConversationState, role: Role): boolean =>
  posting === 'everyone' || role !== 'member'

export const changesRetention = (state: ConversationState, role: Role): boolean =>
  state.kind === 'direct' || role !== 'member'

/** May a manager with `role` remove a member with `other`? */
export const removes = (role: Role, other: Role): boolean => role === 'owner' || other === 'member'

export const changesRole = (role: Role, from: Role, to: Role): boolean =>
  role === 'owner' || (from === 'member' && to === 'admin')

export const isLastOwner = (state: ConversationState, userId: string): boolean => {
  if (state.members.get(userId) !== 'owner') return false
  for (const [other, role] of state.members) if (role === 'owner' && other !== userId) return false
  return true
}
