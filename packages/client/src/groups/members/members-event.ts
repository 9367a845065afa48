import type { MembersClientEvent } from '../../events/client-events.ts'
import { roleOf } from '../../mls/members/member-roles.ts'
import type { Group } from '../state/group.ts'

/** A device by its name, `user/device`; null where it is not known. */
export const deviceNamed = (name: string): MembersClientEvent['members'][number]['addedBy'] => {
  const [userId, deviceId] = name.split('/')
  return userId && deviceId ? { userId, deviceId } : null
}

export const membersEvent = ({ conversationId, roster, roles, gone }: Group): MembersClientEvent => ({
  type: 'members',
  conversationId,
  members: [...roster].map(([userId, by]) => ({
    userId,
    addedBy: deviceNamed(by),
    role: roleOf(roles, userId) ?? null,
    gone: gone.has(userId),
  })),
})

/** Whether the displayed members are unchanged. */
export const sameMembers = ({ roster, roles, gone }: Group): ((now: Group) => boolean) => {
  return (now) => now.roster === roster && now.roles.above === roles.above && now.gone === gone
}
