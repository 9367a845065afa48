import type { WireEvent } from '../../protocol/server-frames.ts'
import type { MlsEngine } from '../e2ee/mls-engine.ts'
import type { OutboxEntry } from '../outbox-entry.ts'
import { isDirect } from './admission.ts'
import { dataOf } from './event-data.ts'
import type { Group } from './group.ts'
import { deviceName } from './group-context.ts'

type Inside = (group: Group) => readonly string[]

/** The devices in the tree, `user/device`. */
export const devicesIn =
  (engine: Pick<MlsEngine, 'members'>): Inside =>
  ({ state }) =>
    state === undefined ? [] : engine.members(state).map(deviceName)

const mustLeave = (group: Group, names: readonly string[]) => {
  if (names.length > 0) group.leaving = new Set([...group.leaving, ...names])
}

/** Whom this command of one's own removes; undefined for any other one. */
export const removedBy = ({ command, conversationId }: OutboxEntry): string | undefined => {
  const start = `/conversations/${encodeURIComponent(conversationId)}/members/`
  if (command.kind !== 'rest' || command.method !== 'DELETE' || !command.path.startsWith(start)) return undefined
  return decodeURIComponent(command.path.slice(start.length))
}

/** Nobody gets to read anything by it, so that it needs no signature. The state is kept until this device comes in anew. */
export const goes = (group: Group, userId: string, me: string, inside: Inside) => {
  if (isDirect(group.conversationId)) return
  if (userId === me) {
    group.standing = 'out'
    group.pending = undefined
    return
  }
  const roster = new Map(group.roster)
  roster.delete(userId)
  group.roster = roster
  mustLeave(
    group,
    inside(group).filter((name) => name.startsWith(`${userId}/`)),
  )
}

/** Whom the server says to have come in. They count once a commit says the same. */
export const noteClaim = (group: Group, event: WireEvent, me: string): void => {
  const joined = dataOf(event, 'ConversationStarted') ?? dataOf(event, 'MembersAdded')
  if (joined === undefined) return
  const users = joined.members.map(({ userId }) => userId)
  group.claimed = { by: deviceName(event.actor), users }
  if (group.standing === 'out' && users.includes(me)) group.standing = 'invited'
}

/** Members go at once; the tree follows by commits. */
export const followRoster = (group: Group, event: WireEvent, me: string, inside: Inside): void => {
  noteClaim(group, event, me)
  const gone = dataOf(event, 'MemberRemoved') ?? dataOf(event, 'MemberLeft')
  if (gone) goes(group, gone.userId, me, inside)
  const asked = dataOf(event, 'DeviceRemovalAsked')
  if (asked)
    mustLeave(
      group,
      inside(group).filter((name) => name === deviceName(asked)),
    )
  if (event.type === 'GroupCommitted') group.resetBy = undefined
}
