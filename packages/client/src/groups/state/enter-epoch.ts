import type { MlsEngine } from '../../mls/mls-engine.ts'
import { isLater } from '../../mls/state/epoch-order.ts'
import type { GroupState } from '../../mls/state/group-state.ts'
import type { Group } from './group.ts'
import { deviceName } from './group-context.ts'

export interface NewState {
  /** Undefined: a commit that this device has followed took it out. */
  readonly state: GroupState | undefined
  readonly generation: number
  /** The revision of the event that it comes with. */
  readonly revision: number
  /** The device joined by it. */
  readonly joins: boolean
}

/** The group is at another epoch, which this device has checked. */
export const enterEpoch = (engine: Pick<MlsEngine, 'epoch' | 'members'>, group: Group, next: NewState): void => {
  const { state, generation, revision, joins } = next
  if (state !== undefined) {
    const place = { generation, epoch: engine.epoch(state) }
    if (joins || group.state === undefined) group.entered = place.epoch
    if (isLater(place, group.highest)) group.highest = place
    group.standing = 'in'
  }
  group.state = state
  group.generation = generation
  group.stranded = undefined
  if (joins) {
    group.wanted = undefined
    group.unfollowed = false
  }
  group.followed = revision
  group.resetBy = undefined
  const inside = new Set(state === undefined ? [] : engine.members(state).map(deviceName))
  const leaving = [...group.leaving].filter((name) => inside.has(name))
  if (leaving.length < group.leaving.size) group.leaving = new Set(leaving)
}

/** A device with a state follows commits, and uses no Welcome, unless nothing leads on from that state. */
export const canJoin = ({ state, stranded, standing }: Group): boolean =>
  state === undefined || stranded !== undefined || standing !== 'in'
