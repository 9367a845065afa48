import type { MlsEngine } from '../../mls/mls-engine.ts'
import { later, type Place } from '../../mls/state/epoch-order.ts'
import { canJoin } from './enter-epoch.ts'
import type { Group } from './group.ts'
import { resetLimit } from './reset-limit.ts'

type Known = Pick<Group, 'generation' | 'highest'>

/**
 * How many epochs beyond the newest one that it has checked a device outside of the group believes the server: a
 * signature for a later one could be held back for ever.
 */
const mostAhead = 100

/** The newest place that a device outside of the group, or without its state, has checked. */
const reached = ({ generation, highest }: Known): Place => later(highest, { generation, epoch: 0 })

/** Whether the group of a device without a state may be there by now. */
export const isNear = (group: Known, { generation, epoch }: Place): boolean => {
  const known = reached(group)
  const from = generation === known.generation ? known.epoch : 0
  return generation <= known.generation + resetLimit && epoch <= from + mostAhead
}

/** Whether the server wants a signature for a place within reach. */
export const mayBeThere = (group: Group): boolean => group.wanted === undefined || isNear(group, group.wanted)

/**
 * The place for which a device signs a change of the members: never by the server's word, except for leaving a
 * group that this device is not in, and then not far.
 */
export const signingEpoch = (engine: Pick<MlsEngine, 'epoch'>, group: Group): Place => {
  const { state, generation, wanted } = group
  if (state !== undefined && !canJoin(group)) return { generation, epoch: engine.epoch(state) }
  return wanted !== undefined && isNear(group, wanted) ? wanted : reached(group)
}
