import type { MemberCommand } from '../../commands/outbox-entry.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { isLater } from '../../mls/state/epoch-order.ts'
import type { JoinGroup } from '../joining/join-group.ts'
import type { AbsentMembers } from '../members/absent-members.ts'
import { requireMembers } from '../members/admission.ts'
import { devicesIn } from '../members/roster-changes.ts'
import type { Readers } from '../members/tree-readers.ts'
import type { Renewal } from '../state/epoch-renewal.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import { mayBeThere } from '../state/signing-epoch.ts'

export interface SendChecksDeps extends Pick<GroupContext, 'me' | 'engine'> {
  readonly enter: Pick<JoinGroup, 'isIn'>
  readonly renewal: Pick<Renewal, 'isDue'>
  readonly readers: Pick<Readers, 'areFit'>
  readonly absentMembers: Pick<AbsentMembers, 'isReadable' | 'due'>
}

/** What prevents sending into a group, as far as this device knows. Asks nobody and changes nothing. */
export interface SendChecks {
  /** How this device's state differs from the one that the server wants; undefined when it does not. */
  behind(group: Group): Group['stranded']
  /** Devices in the tree that must be removed from it. */
  leaving(group: Group): readonly string[]
  /** Everybody in the tree can read: nobody may be there whom no member let in. */
  stranger(group: Group): E2eeError | undefined
  /** False if a revoked device, or a key that the user has not accepted, could read what is sent. */
  areFit(group: Group): boolean
  /**
   * A change of the members is signed in the epoch that the group is in. A device outside may leave all the same,
   * if the epoch is within reach: otherwise it joins first.
   */
  maySign(group: Group, change: MemberCommand['change']['type']): boolean
  /** Nothing prevents it: a message may be sealed. */
  isOpen(group: Group): boolean
}

export const createSendChecks = (deps: SendChecksDeps): SendChecks => {
  const { me, engine, enter, renewal, readers, absentMembers } = deps
  const inside = devicesIn(engine)

  const behind: SendChecks['behind'] = ({ state, generation, wanted, unfollowed }) => {
    if (state !== undefined && unfollowed) return 'missing'
    if (wanted === undefined || state === undefined) return undefined
    const here = { generation, epoch: engine.epoch(state) }
    if (isLater(wanted, here)) return 'missing'
    // Ahead of the server: it lost what this device has seen, as after a restored backup.
    return here.epoch === wanted.was && isLater(here, wanted) ? 'rolled_back' : undefined
  }
  const leaving: SendChecks['leaving'] = (group) => inside(group).filter((name) => group.leaving.has(name))

  const stranger: SendChecks['stranger'] = (group) => {
    if (group.state === undefined) return undefined
    try {
      requireMembers(group, me.userId, engine.members(group.state), group.roster)
      return undefined
    } catch (thrown) {
      return thrown instanceof E2eeError ? thrown : new E2eeError('stranger')
    }
  }
  const areFit: SendChecks['areFit'] = ({ state }) => readers.areFit(state)

  const isOpen: SendChecks['isOpen'] = (group) =>
    enter.isIn(group) &&
    group.pending === undefined &&
    leaving(group).length === 0 &&
    behind(group) === undefined &&
    stranger(group) === undefined &&
    !renewal.isDue(group) &&
    areFit(group) &&
    absentMembers.isReadable(group) &&
    absentMembers.due(group).length === 0

  const maySign: SendChecks['maySign'] = (group, change) =>
    enter.isIn(group)
      ? group.pending === undefined && behind(group) === undefined
      : change === 'left' && mayBeThere(group)

  return { behind, leaving, stranger, areFit, maySign, isOpen }
}
