import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import { decodeUserEvent } from '../../codec/user-codec.ts'
import type { Commands } from '../../commands/commands.ts'
import { type Actor, deviceId as toDeviceId, userId as toUserId } from '../../domain/ids.ts'
import { idOfStream, kindOfStream } from '../../domain/stream-names.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Views } from '../../projections/reading/view-reader.ts'
import { reactToEach } from './react-to-each.ts'
import type { Reaction } from './reaction.ts'
import { createStandingConversations, type StandingConversationsDeps } from './standing-conversations.ts'
import type { CaughtUp } from './wait-for-views.ts'

export interface RemoveDevicesDeps extends StandingConversationsDeps {
  readonly commands: Pick<Commands, 'askDeviceRemoval' | 'roster'>
  readonly views: Pick<Views, 'find' | 'byKeys'>
  readonly caughtUp: CaughtUp
  /** Whether the device is revoked, or its user deactivated or erased. */
  readonly isGone: (userId: string, deviceId: string) => Promise<boolean>
}

/** The document of a group of a thousand devices has about 50 KB. */
const groupsAtOnce = 50

/** The events after which a device, or all of a user's devices, must leave their groups. */
const removing: ReadonlySet<string> = new Set(['DeviceRevoked', 'UserDeactivated', 'UserErased'])

/**
 * What follows for encryption groups when a device is revoked, or a user is deactivated or erased: each group that
 * it is in is asked to remove it [E5], even if the device is added while it goes. Repeating it changes nothing.
 */
export const createRemoveDevices = (deps: RemoveDevicesDeps): Reaction => {
  const { commands, views, caughtUp, isGone } = deps
  const standing = createStandingConversations(deps)

  const presentConversations = async (userId: string): Promise<readonly string[]> => {
    const where = { userId: { eq: userId }, active: { gte: 1 } }
    return (await views.find('memberships', { where })).map(({ conversationId }) => conversationId)
  }

  /** A user whose devices go, and the reason. */
  interface Leaving {
    readonly userId: string
    readonly goes: (deviceId: string) => boolean
    readonly by: Actor | null
  }

  const askOut = async (conversationId: string, keys: readonly string[], { userId, goes, by }: Leaving) => {
    const own = keys.flatMap((key) => (key.startsWith(`${userId}/`) ? [key.slice(userId.length + 1)] : []))
    for (const one of own.filter(goes)) {
      const device = { userId: toUserId(userId), deviceId: toDeviceId(one) }
      await commands.askDeviceRemoval(conversationId, by ?? device, device)
    }
  }

  const removeKnown = async (leaving: Leaving): Promise<void> => {
    const ids = await presentConversations(leaving.userId)
    const some = Array.from({ length: Math.ceil(ids.length / groupsAtOnce) }, (_, n) =>
      ids.slice(n * groupsAtOnce, (n + 1) * groupsAtOnce),
    )
    await reactToEach(some, async (part) => {
      const groups = await views.byKeys('groups', part)
      await reactToEach([...groups], ([id, { leaves }]) =>
        askOut(
          id,
          leaves.map(([, key]) => key),
          leaving,
        ),
      )
    })
  }

  const removeStanding = (conversationId: string, leaving: Leaving): Promise<void> =>
    standing.unlessForeign(conversationId, leaving.userId, async () => {
      const { devices } = await commands.roster(conversationId)
      await askOut(conversationId, devices, leaving)
    })

  const remove = async (leaving: Leaving): Promise<void> => {
    // First, because the views then tell what is repaired meanwhile.
    const still = await standing.list()
    const works = [() => removeKnown(leaving), ...still.map((id) => () => removeStanding(id, leaving))]
    await reactToEach(works, (work) => work())
  }

  const userEvent = async (event: RecordedEvent): Promise<boolean> => {
    // The groups that it joined before are known then; it joins later ones too late to stay.
    await caughtUp.everywhere(event.position)
    const { type, actor, data } = decodeUserEvent(event)
    const userId = idOfStream(event.stream)
    const goes = (deviceId: string): boolean => type !== 'DeviceRevoked' || deviceId === data.deviceId
    await remove({ userId, goes, by: actor })
    return true
  }

  const committed = async (event: RecordedEvent): Promise<boolean> => {
    const { type, data } = decodeConversationEvent(event)
    let asked = false
    for (const { userId, deviceId } of type === 'GroupCommitted' ? data.added : []) {
      if (!(await isGone(userId, deviceId))) continue
      const device = { userId, deviceId }
      await commands.askDeviceRemoval(idOfStream(event.stream), device, device)
      asked = true
    }
    return asked
  }

  return {
    types: new Set([...removing, 'GroupCommitted']),
    react: (event) => {
      if (event.type === 'GroupCommitted') return () => committed(event)
      return removing.has(event.type) && kindOfStream(event.stream) === 'user' ? () => userEvent(event) : undefined
    },
  }
}
