import type { Group } from './group.ts'

/** A group as JSON. */
export interface StoredGroup extends Omit<Group, 'leaves' | 'pendingRemovals'> {
  readonly leaves: readonly (readonly [leaf: number, device: string])[]
  readonly pendingRemovals: readonly string[]
}

export const storeGroup = (group: Group): StoredGroup => ({
  generation: group.generation,
  epoch: group.epoch,
  previousUsable: group.previousUsable,
  leaves: [...group.leaves],
  pendingRemovals: [...group.pendingRemovals],
})

export const restoreGroup = (stored: StoredGroup): Group => ({
  generation: stored.generation,
  epoch: stored.epoch,
  previousUsable: stored.previousUsable,
  leaves: new Map(stored.leaves),
  pendingRemovals: new Set(stored.pendingRemovals),
})
