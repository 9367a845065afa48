import type { Outbox } from '../../outbox/outbox.ts'
import type { AbsentMembers } from '../members/absent-members.ts'
import { devicesIn } from '../members/roster-changes.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'
import { type SharedTask, type Turn, turnAmong } from './shared-tasks.ts'

export interface MemberArrivalsDeps extends Pick<GroupContext, 'me' | 'engine' | 'book' | 'directory' | 'onError'> {
  readonly absentMembers: AbsentMembers
  readonly outbox: Pick<Outbox, 'waiting'>
  readonly insert: (conversationId: string, change: { readonly type: 'devices'; readonly userIds: string[] }) => void
}

const later: Turn = [500, 4_000]

/**
 * A member none of whose devices is in the group cannot join alone; the user may have begun anew on another one.
 * Devices in the group add the member, or report that the key has changed.
 */
export const createMemberArrivals = (deps: MemberArrivalsDeps): SharedTask => {
  const { me, book, directory, absentMembers } = deps
  const inside = devicesIn(deps.engine)

  const addAbsentMembers = async (id: string) => {
    const group = book.of(id)
    const users = absentMembers.due(group)
    absentMembers.asked(group)
    const found = await Promise.all(users.map(async (user) => (await directory.devicesOf(user)).count > 0))
    const userIds = users.filter((_user, index) => found[index])
    if (userIds.length > 0) deps.insert(id, { type: 'devices', userIds })
  }
  return {
    due: (id) => {
      const group = book.of(id)
      const devices = inside(group)
      const isBusy = group.pending !== undefined || devices.some((name) => group.leaving.has(name))
      if (isBusy || !devices.includes(deviceName(me)) || absentMembers.due(group).length === 0) return undefined
      return deps.outbox.waiting(id).length > 0 ? undefined : turnAmong(devices.length, later)
    },
    act: (id) => void addAbsentMembers(id).catch(deps.onError),
  }
}
