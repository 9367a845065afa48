import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import { dataOf } from '../../events/group-event-data.ts'
import { withoutRoles } from '../../mls/members/member-roles.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Group } from '../state/group.ts'
import { deviceName } from '../state/group-context.ts'
import { isDirect } from './admission.ts'

type Inside = (group: Group) => readonly string[]

/** The devices in the tree, `user/device`. */
export const devicesIn =
  (engine: Pick<MlsEngine, 'members'>): Inside =>
  ({ state }) =>
    state === undefined ? [] : engine.members(state).map(deviceName)

const mustLeave = (group: Group, names: readonly string[]) => {
  if (names.length > 0) group.leaving = new Set([...group.leaving, ...names])
}

/** The user whom this user's command removes. Undefined for any other command. */
export const removedBy = ({ command }: OutboxEntry): string | undefined =>
  command.kind === 'member' ? command.change.userId : undefined

const without = (users: ReadonlySet<string>, those: readonly string[]): ReadonlySet<string> =>
  those.some((user) => users.has(user)) ? new Set([...users].filter((user) => !those.includes(user))) : users

/** A member's device has added them. */
export const areBack = (group: Group, users: readonly string[]): void => {
  group.gone = without(group.gone, users)
}

const devicesLeave = (group: Group, userId: string, inside: Inside) =>
  mustLeave(
    group,
    inside(group).filter((name) => name.startsWith(`${userId}/`)),
  )

/**
 * Devices of users who have left, according to whoever vouches for the members: they are removed before anybody
 * sends.
 */
export const othersLeave = (group: Group, inside: Inside): void =>
  mustLeave(
    group,
    inside(group).filter((name) => !group.roster.has(name.slice(0, name.indexOf('/')))),
  )

/** As a member has signed it. The state is kept until this device joins anew. */
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
  group.roles = withoutRoles(group.roles, [userId])
  areBack(group, [userId])
  devicesLeave(group, userId, inside)
}

/** An owner has deleted the group: its keys are dropped. */
export const drop = (group: Group): void => {
  group.standing = 'out'
  group.pending = undefined
  group.state = undefined
  group.roster = new Map()
  group.gone = new Set()
  group.leaving = new Set()
}

/** Whether an owner has deleted the group. */
export const isDropped = ({ standing, roster }: Group): boolean => standing === 'out' && roster.size === 0

/**
 * The server no longer serves this user: fewer can read, and the members are who they were. False when that is
 * known.
 */
export const cutOff = (group: Group, userId: string, me: string, inside: Inside): boolean => {
  if (userId === me) {
    if (group.standing !== 'in') return false
    group.standing = 'cut_off'
    group.pending = undefined
    return true
  }
  if (group.gone.has(userId)) return false
  group.gone = new Set([...group.gone, userId])
  devicesLeave(group, userId, inside)
  return true
}

/**
 * The users who, by the server's claim, have joined or have another role. The claim counts once a commit says the
 * same.
 */
export const noteClaim = (group: Group, event: WireEvent, me: string): void => {
  const role = dataOf(event, 'RoleChanged')
  if (role !== undefined) group.claimed = { by: deviceName(event.actor), users: [], role }
  const joined = dataOf(event, 'ConversationStarted') ?? dataOf(event, 'MembersAdded')
  if (joined === undefined) return
  const users = joined.members.map(({ userId }) => userId)
  group.claimed = { by: deviceName(event.actor), users }
  if (group.standing === 'out' && users.includes(me)) group.standing = 'invited'
}

/** What needs no member's signature: claims, and that devices must leave the tree. */
export const followRoster = (group: Group, event: WireEvent, me: string, inside: Inside): void => {
  noteClaim(group, event, me)
  const asked = dataOf(event, 'DeviceRemovalAsked')
  if (asked)
    mustLeave(
      group,
      inside(group).filter((name) => name === deviceName(asked)),
    )
  if (event.type === 'GroupCommitted') group.resetBy = undefined
}
