import type { RoleChange } from '@backscroll/protocol/commit-statement'
import type { Departure } from '@backscroll/protocol/departure'
import { changesRole, type Roles, removes, roleOf, withRole } from '../../mls/members/member-roles.ts'
import type { Group } from '../state/group.ts'

/**
 * A device that was never told the roles cannot know who may do what: then any member's signature counts for a
 * removal.
 */
export const mayDepart = (
  { roles }: Pick<Group, 'roles'>,
  by: string,
  memberId: string,
  change: Departure,
): boolean => {
  if (change === 'left') return by === memberId
  if (change === 'deleted') return roleOf(roles, by) === 'owner'
  const [role, of] = [roleOf(roles, by), roleOf(roles, memberId)]
  return role === undefined || of === undefined || (by !== memberId && removes(role, of))
}

/**
 * The roles once a member has given one. Undefined where this member may not, by the roles that were signed: then
 * they stay as they are.
 */
export const rolesGiven = (
  { roster, roles }: Pick<Group, 'roster' | 'roles'>,
  by: string,
  change: RoleChange,
): Roles | undefined => {
  const [role, before] = [roleOf(roles, by), roleOf(roles, change.userId)]
  const isKnown = role !== undefined && before !== undefined
  if (!roster.has(by) || !roster.has(change.userId)) return undefined
  if (isKnown && !changesRole(role, before, change.role)) return undefined
  return withRole(roles, change.userId, change.role)
}
