import type { MembersClientEvent } from '../client-events.ts'
import type { Group } from './group.ts'

/** A device by its name, `user/device`; null where it is not known. */
export const deviceNamed = (name: string): MembersClientEvent['members'][number]['addedBy'] => {
  const [userId, deviceId] = name.split('/')
  return userId && deviceId ? { userId, deviceId } : null
}

export const membersEvent = ({ conversationId, roster }: Group): MembersClientEvent => ({
  type: 'members',
  conversationId,
  members: [...roster].map(([userId, by]) => ({ userId, addedBy: deviceNamed(by) })),
})
