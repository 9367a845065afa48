import type { Actor } from '../../ids.ts'
import type { ConversationEvent, GroupCommitted } from '../conversation-events.ts'
import { deviceKey } from '../exactly-once.ts'
import type { Group, GroupLeaf } from './group.ts'

export const emptyGroup = (generation: number): Group => ({
  generation,
  epoch: 0,
  previousUsable: false,
  leaves: new Map(),
  pendingRemovals: new Set(),
})

/** A group without members: the first commit begins it. */
export const isUnborn = (group: Group): boolean => group.leaves.size === 0

/** RFC 9420, 7.7: removals first, then each new leaf is the leftmost blank one. */
export const placeLeaves = (
  leaves: ReadonlyMap<number, string>,
  removed: readonly number[],
  added: readonly Actor[],
): readonly GroupLeaf[] => {
  const taken = new Set(leaves.keys())
  for (const leaf of removed) taken.delete(leaf)
  let leaf = 0
  return added.map((device) => {
    while (taken.has(leaf)) leaf += 1
    taken.add(leaf)
    return { userId: device.userId, deviceId: device.deviceId, leaf }
  })
}

const committed = (before: Group | undefined, { data }: GroupCommitted): Group => {
  const leaves = new Map(before?.leaves)
  const pendingRemovals = new Set(before?.pendingRemovals)
  for (const each of data.removed) {
    leaves.delete(each.leaf)
    pendingRemovals.delete(deviceKey(each))
  }
  for (const each of data.added) leaves.set(each.leaf, deviceKey(each))
  const { generation, epoch } = data
  const previousUsable = before !== undefined && !isUnborn(before) && data.removed.length === 0
  return { generation, epoch, previousUsable, leaves, pendingRemovals }
}

const mustLeave = (before: Group, leaves: (device: string) => boolean): Group => {
  const gone = [...before.leaves.values()].filter(leaves)
  return gone.length === 0 ? before : { ...before, pendingRemovals: new Set([...before.pendingRemovals, ...gone]) }
}

/** Folds one event into the group; undefined until a conversation has one. Pure: the same object when nothing changes. */
export const evolveGroup = (
  before: Group | undefined,
  event: Pick<ConversationEvent, 'type' | 'data'>,
): Group | undefined => {
  const known = event as ConversationEvent
  switch (known.type) {
    case 'GroupCommitted':
      return committed(before, known)
    case 'ConversationDeleted':
      return undefined
    case 'GroupReset':
      return emptyGroup(known.data.generation)
    case 'MemberRemoved':
    case 'MemberLeft':
      return before && mustLeave(before, (device) => device.startsWith(`${known.data.userId}/`))
    case 'DeviceRemovalAsked':
      return before && mustLeave(before, (device) => device === deviceKey(known.data))
    default:
      return before
  }
}
