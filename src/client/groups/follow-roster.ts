import type { WireEvent } from '../../protocol/server-frames.ts'
import type { MlsEngine } from '../e2ee/mls-engine.ts'
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

const goes = (group: Group, userId: string, me: string, inside: Inside) => {
  const roster = new Set(group.roster)
  roster.delete(userId)
  group.roster = roster
  if (userId === me) {
    group.state = undefined
    group.pending = undefined
    group.leaving = new Set()
    return
  }
  mustLeave(
    group,
    inside(group).filter((name) => name.startsWith(`${userId}/`)),
  )
}

/** Members come and go at once; the tree follows by commits. */
export const followRoster = (group: Group, event: WireEvent, me: string, inside: Inside): void => {
  const joined = dataOf(event, 'ConversationStarted') ?? dataOf(event, 'MembersAdded')
  if (joined) group.roster = new Set([...group.roster, ...joined.members.map(({ userId }) => userId)])
  const gone = dataOf(event, 'MemberRemoved') ?? dataOf(event, 'MemberLeft')
  if (gone) goes(group, gone.userId, me, inside)
  const asked = dataOf(event, 'DeviceRemovalAsked')
  if (asked)
    mustLeave(
      group,
      inside(group).filter((name) => name === deviceName(asked)),
    )
  if (event.type === 'GroupCommitted') group.resetBy = undefined
  const reset = dataOf(event, 'GroupReset')
  if (reset === undefined || reset.generation <= group.generation) return
  group.generation = reset.generation
  group.resetBy = deviceName(event.actor)
  group.state = undefined
  group.pending = undefined
  group.leaving = new Set()
}
