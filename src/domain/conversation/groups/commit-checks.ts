import type { Actor } from '../../ids.ts'
import { deviceKey } from '../exactly-once.ts'
import { isUnborn } from './epochs.ts'
import type { Commit, CommitFacts, Group, GroupChange } from './group.ts'

/** A commit and what is declared about it. */
export interface Declared {
  readonly actor: Actor
  /** The epoch that the commit ends. */
  readonly epoch: number
  readonly change: GroupChange
  readonly commit: Commit
}

export const leafOf = (group: Group, device: Actor): number | undefined => {
  const key = deviceKey(device)
  for (const [leaf, other] of group.leaves) if (other === key) return leaf
  return undefined
}

/** The same devices in any order. A list that names a device twice is never the same. */
const sameDevices = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && new Set(one).size === one.length && new Set([...one, ...other]).size === one.length

const keysOf = (devices: readonly Actor[]): readonly string[] => devices.map(deviceKey)

const keysAt = (group: Group, leaves: readonly number[]): readonly string[] =>
  leaves.map((leaf) => group.leaves.get(leaf) ?? '')

const isOwn = (device: Actor | undefined, actor: Actor): boolean =>
  device !== undefined && deviceKey(device) === deviceKey(actor)

/** RFC 9420, 12.4.3.2, and stricter: the joiner adds only itself and removes only its own old leaf. */
const externalMismatch = (group: Group, { actor, change }: Declared, facts: CommitFacts): string | undefined => {
  const old = leafOf(group, actor)
  const removes = old === undefined ? [] : [old]
  if (!facts.externalInit || !isOwn(facts.path, actor)) return 'a device joins from outside for itself only'
  if (facts.adds.length > 0 || !sameDevices(keysAt(group, facts.removes), keysAt(group, removes))) {
    return 'who joins from outside removes exactly the own old leaf'
  }
  const declared = sameDevices(keysOf(change.addDevices), [deviceKey(actor)]) && change.addUsers.length === 0
  return declared && sameDevices(keysOf(change.removeDevices), keysAt(group, removes))
    ? undefined
    : 'who joins from outside declares exactly that'
}

const isSender = (group: Group, actor: Actor, leaf: number | 'external'): boolean =>
  isUnborn(group) ? leaf === 0 : leaf !== 'external' && group.leaves.get(leaf) === deviceKey(actor)

const changesMismatch = (group: Group, { actor, change }: Declared, facts: CommitFacts): string | undefined => {
  const adds = keysOf(facts.adds)
  const present = new Set([...group.leaves.values(), deviceKey(actor)])
  if (adds.length > 0 && facts.removes.length > 0) return 'a commit adds or removes, not both'
  if (adds.some((key) => present.has(key))) return 'a device that is added is in the group already'
  if (!sameDevices(adds, keysOf(change.addDevices))) return 'the commit adds other devices than declared'
  if (facts.removes.some((leaf) => !group.leaves.has(leaf))) return 'a leaf that is removed is blank'
  return sameDevices(keysAt(group, facts.removes), keysOf(change.removeDevices))
    ? undefined
    : 'the commit removes other devices than declared'
}

const memberMismatch = (group: Group, declared: Declared, facts: CommitFacts): string | undefined => {
  const { actor } = declared
  if (facts.externalInit || !isSender(group, actor, facts.sender)) return 'the sender leaf is not that of this device'
  if (facts.path !== undefined && !isOwn(facts.path, actor)) return 'the update path is of another device'
  // Without a path, removed members could go on reading. Only a commit that adds and does nothing else may lack it.
  if (facts.path === undefined && facts.adds.length === 0) return 'the commit needs an update path'
  if (facts.sender !== 'external' && facts.removes.includes(facts.sender)) return 'nobody commits the own removal'
  return changesMismatch(group, declared, facts)
}

const sameUsers = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === new Set(other).size && new Set([...one, ...other]).size === one.length

const sameRole = (one: CommitFacts['role'], other: CommitFacts['role']): boolean =>
  one?.userId === other?.userId && one?.role === other?.role

/** So that a client that ignores the role loses nothing else with it. */
const isRoleAlone = ({ change }: Declared): boolean =>
  change.role === undefined || change.addUsers.length + change.addDevices.length + change.removeDevices.length === 0

const mismatchOf = (group: Group, declared: Declared, facts: CommitFacts): string | undefined => {
  if (facts.others > 0) return 'only additions and removals by value are taken'
  if (facts.epoch !== declared.epoch) return 'the commit is of another epoch than declared'
  if (!sameUsers(facts.addUsers, declared.change.addUsers)) return 'the commit states other members than declared'
  if (!sameRole(facts.role, declared.change.role)) return 'the commit states another role than declared'
  if (!isRoleAlone(declared)) return 'a commit that gives a role changes nothing else'
  return facts.sender === 'external' && !isUnborn(group)
    ? externalMismatch(group, declared, facts)
    : memberMismatch(group, declared, facts)
}

/** A group that begins with its creator's device alone has a GroupInfo of epoch 0 and no commit. */
const aloneMismatch = (group: Group, { change }: Declared): string | undefined =>
  isUnborn(group) && change.addDevices.length === 0 && change.removeDevices.length === 0
    ? undefined
    : 'a change of the group needs a commit'

/**
 * Where a commit deviates from its declaration or from what this server demands; undefined when it does not. The
 * caller has compared the generation.
 */
export const commitMismatch = (group: Group, declared: Declared): string | undefined => {
  const { facts, groupInfo, welcomed } = declared.commit
  const epoch = facts === null ? 0 : declared.epoch + 1
  if (groupInfo?.generation !== group.generation || groupInfo.epoch !== epoch) {
    return 'the group info is not of the epoch that the commit begins'
  }
  if (welcomed !== (facts?.adds.length ?? 0)) return 'the welcome is not for exactly the added devices'
  return facts === null ? aloneMismatch(group, declared) : mismatchOf(group, declared, facts)
}
