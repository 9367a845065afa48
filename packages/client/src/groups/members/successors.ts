import { roleOf } from '../../mls/members/member-roles.ts'
import type { Group } from '../state/group.ts'

/**
 * Who may become an owner when the last owner leaves: the admins by the time for which they have been members, then the
 * members. Both as devices have signed it, so the server cannot choose.
 */
export const successorsOf = ({ roster, roles, gone }: Pick<Group, 'roster' | 'roles' | 'gone'>, leaving: string) => {
  const others = [...roster.keys()].filter((userId) => userId !== leaving && !gone.has(userId))
  const isAdmin = (userId: string) => roleOf(roles, userId) === 'admin'
  return [...others.filter(isAdmin), ...others.filter((userId) => !isAdmin(userId))]
}
