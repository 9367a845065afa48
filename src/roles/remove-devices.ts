import { decodeConversationEvent } from '../codec/conversation-codec.ts'
import { decodeUserEvent } from '../codec/user-codec.ts'
import type { Commands } from '../commands/commands.ts'
import { type Actor, deviceId as toDeviceId, userId as toUserId } from '../domain/ids.ts'
import type { RecordedEvent } from '../ports/event-log.ts'
import type { Views } from '../projections/queries/views.ts'
import type { CaughtUp } from './caught-up.ts'
import { doAll } from './do-all.ts'
import type { Reaction } from './reaction.ts'

export interface RemoveDevicesDeps {
  readonly commands: Pick<Commands, 'askDeviceRemoval'>
  readonly views: Pick<Views, 'find' | 'byKeys'>
  readonly caughtUp: CaughtUp
  /** Whether the device is revoked, or its user deactivated or erased. */
  readonly isGone: (userId: string, deviceId: string) => Promise<boolean>
}

/** A group of a thousand devices is some 50 KB of document. */
const groupsAtOnce = 50

const userPrefix = 'user-'
const conversationPrefix = 'conversation-'

/** The events after which a device, or all of a user's, must leave the groups that they are in. */
const removing: ReadonlySet<string> = new Set(['DeviceRevoked', 'UserDeactivated', 'UserErased'])

/**
 * What follows for encryption groups when a device is revoked, or a user is deactivated or erased: each group that it
 * is in is asked to remove it [E5]; and when one of them is added while it goes. Doing it again changes nothing.
 */
export const createRemoveDevices = ({ commands, views, caughtUp, isGone }: RemoveDevicesDeps): Reaction => {
  const devicesIn = (leaves: readonly (readonly [number, string])[], userId: string): readonly string[] =>
    leaves.flatMap(([, key]) => (key.startsWith(`${userId}/`) ? [key.slice(userId.length + 1)] : []))

  const presentConversations = async (userId: string): Promise<readonly string[]> => {
    const where = { userId: { eq: userId }, active: { gte: 1 } }
    return (await views.find('memberships', { where })).map(({ conversationId }) => conversationId)
  }

  const remove = async (userId: string, goes: (deviceId: string) => boolean, by: Actor | null): Promise<void> => {
    const ids = await presentConversations(userId)
    const some = Array.from({ length: Math.ceil(ids.length / groupsAtOnce) }, (_, n) =>
      ids.slice(n * groupsAtOnce, (n + 1) * groupsAtOnce),
    )
    await doAll(some, async (part) => {
      const groups = await views.byKeys('groups', part)
      await doAll([...groups], async ([conversationId, { leaves }]) => {
        for (const one of devicesIn(leaves, userId).filter(goes)) {
          const device = { userId: toUserId(userId), deviceId: toDeviceId(one) }
          await commands.askDeviceRemoval(conversationId, by ?? device, device)
        }
      })
    })
  }

  const userEvent = async (event: RecordedEvent): Promise<boolean> => {
    // Groups that it came into before are then known; into others it comes too late to stay.
    await caughtUp.everywhere(event.position)
    const { type, actor, data } = decodeUserEvent(event)
    const userId = event.stream.slice(userPrefix.length)
    await remove(userId, (deviceId) => type !== 'DeviceRevoked' || deviceId === data.deviceId, actor)
    return true
  }

  const committed = async (event: RecordedEvent): Promise<boolean> => {
    const { type, data } = decodeConversationEvent(event)
    let asked = false
    for (const { userId, deviceId } of type === 'GroupCommitted' ? data.added : []) {
      if (!(await isGone(userId, deviceId))) continue
      const device = { userId, deviceId }
      await commands.askDeviceRemoval(event.stream.slice(conversationPrefix.length), device, device)
      asked = true
    }
    return asked
  }

  return {
    types: new Set([...removing, 'GroupCommitted']),
    react: (event) => {
      if (event.type === 'GroupCommitted') return () => committed(event)
      return removing.has(event.type) && event.stream.startsWith(userPrefix) ? () => userEvent(event) : undefined
    },
  }
}
