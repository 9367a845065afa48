import { accepted, type Decision, rejected } from '../../decision.ts'
import type { Actor } from '../../ids.ts'
import type { AskDeviceRemoval, CommitGroup, ResetGroup } from '../conversation-commands.ts'
import type { ConversationEvent, DeviceRemovalAsked, GroupCommitted, GroupReset } from '../conversation-events.ts'
import type { ConversationState } from '../conversation-state.ts'
import { deviceKey } from '../exactly-once.ts'
import { membersAdded, refuseAdding, refuseRole, roleChanged } from '../members/membership.ts'
import type { Role } from '../members/role.ts'
import { managesGroup } from '../members/roles.ts'
import { commitMismatch, type Declared, leafOf } from './commit-checks.ts'
import { commitRequired, staleEpoch } from './encryption.ts'
import { emptyGroup, isUnborn, placeLeaves } from './epochs.ts'
import { deviceLimit, type Group, type GroupBeginning, type GroupChange, type GroupLeaf } from './group.ts'

type Refusal = Decision<never> | undefined

/** One commit wins each epoch [E3]. A device that began the group at the same time as another has lost as well. */
const refuseStale = (group: Group, { actor, epoch, commit: { facts } }: Declared): Refusal => {
  const generation = facts?.generation ?? group.generation
  const lostBeginning = !isUnborn(group) && epoch === 0 && (facts === null || facts.sender === 0)
  if (epoch !== group.epoch || generation !== group.generation) return staleEpoch(group)
  return lostBeginning && group.leaves.get(0) !== deviceKey(actor) ? staleEpoch(group) : undefined
}

/**
 * [E5] Pending removals come first, and exactly those. But a device that lost its state may rejoin in order to
 * commit them.
 */
const refusePending = (group: Group, { change, commit: { facts } }: Declared): Refusal => {
  const { pendingRemovals } = group
  if (pendingRemovals.size === 0 || facts?.sender === 'external') return undefined
  const removed = change.removeDevices.map(deviceKey)
  const exact = removed.length === pendingRemovals.size && removed.every((key) => pendingRemovals.has(key))
  return exact ? undefined : commitRequired(group)
}

/** The device that begins a group is in it as well. */
const sizeAfter = (group: Group, { addDevices, removeDevices }: GroupChange): number =>
  (isUnborn(group) ? 1 : group.leaves.size) + addDevices.length - removeDevices.length

const refuseDevices = (group: Group, isMember: (device: Actor) => boolean, declared: Declared): Refusal => {
  const { actor, change } = declared
  if (group.pendingRemovals.has(deviceKey(actor))) return rejected('forbidden', 'this device must leave the group')
  const mine = change.removeDevices.every(({ userId }) => userId === actor.userId)
  if (!mine && group.pendingRemovals.size === 0) {
    return rejected('forbidden', 'a commit alone may only remove your own devices: remove the member first')
  }
  const stranger = change.addDevices.find((device) => !isMember(device))
  if (stranger !== undefined) {
    return rejected('not_a_member', 'this user is not a member', { userId: stranger.userId })
  }
  if (sizeAfter(group, change) <= deviceLimit) return undefined
  return rejected('member_limit', 'the group would have too many devices', { limit: deviceLimit })
}

const refuseMismatch = (group: Group, declared: Declared): Refusal => {
  const reason = commitMismatch(group, declared)
  return reason === undefined ? undefined : rejected('commit_mismatch', reason)
}

const leavesOf = (group: Group, { actor, commit: { facts } }: Declared): readonly GroupLeaf[] => {
  if (facts?.sender === 'external') return placeLeaves(group.leaves, facts.removes, [actor])
  const adds = facts?.adds ?? []
  return isUnborn(group) ? placeLeaves(group.leaves, [], [actor, ...adds]) : placeLeaves(group.leaves, [], adds)
}

const committed = (group: Group, declared: Declared, at: number, clientSeq?: number): GroupCommitted => {
  const { actor, change, commit, epoch } = declared
  const { generation } = group
  const removed = change.removeDevices.map(({ userId, deviceId }) => {
    return { userId, deviceId, leaf: leafOf(group, { userId, deviceId }) ?? 0 }
  })
  const external = commit.facts?.sender === 'external'
  const place = { generation, epoch: commit.facts === null ? 0 : epoch + 1, external }
  const data = { ...place, added: leavesOf(group, declared), removed, ...commit.refs }
  return { type: 'GroupCommitted', at, actor, data: { ...data, ...(clientSeq !== undefined && { clientSeq }) } }
}

/**
 * A member left or was removed, and the committer did not know: a device that joins by this GroupInfo would not
 * know either.
 */
const refuseBeforeDeparture = ({ departed }: ConversationState, group: Group, { upTo }: CommitGroup): Refusal =>
  upTo !== undefined && departed > upTo ? staleEpoch(group) : undefined

const newMembers = (state: ConversationState, role: Role, { change }: Declared): Refusal =>
  change.addUsers.length === 0 ? undefined : refuseAdding(state, role, new Set(change.addUsers))

const newRole = (state: ConversationState, role: Role, { change }: Declared): Refusal =>
  change.role === undefined ? undefined : refuseRole(state, role, change.role)

/** What the commit means for the members; comes before the commit itself. */
const ofMembers = (state: ConversationState, command: CommitGroup): readonly ConversationEvent[] => {
  const { addUsers, role } = command.change
  if (role !== undefined) return [roleChanged(command, role)]
  return addUsers.length === 0 ? [] : [membersAdded(state, command, new Set(addUsers), command.invited)]
}

/** [E3], [E5] The commit that ends this epoch, with the change of the roster that it carries out. */
export const commitGroup = (
  state: ConversationState,
  role: Role,
  command: CommitGroup,
): Decision<ConversationEvent> => {
  const group = state.mls ?? emptyGroup(0)
  const users = new Set(command.change.addUsers)
  const isMember = ({ userId }: Actor): boolean => state.members.has(userId) || users.has(userId)
  const refused =
    refuseStale(group, command) ??
    refuseBeforeDeparture(state, group, command) ??
    refusePending(group, command) ??
    refuseMismatch(group, command) ??
    newMembers(state, role, command) ??
    newRole(state, role, command) ??
    refuseDevices(group, isMember, command)
  if (refused !== undefined) return refused
  const commit = committed(group, command, command.at, command.clientSeq)
  return accepted<ConversationEvent>(...ofMembers(state, command), commit)
}

/** The group of a new conversation: at epoch 1 with all its devices, or at epoch 0 with the creator's device alone. */
export const beginGroup = (
  { at, actor }: { readonly at: number; readonly actor: Actor },
  members: ReadonlySet<string>,
  { addDevices, commit }: GroupBeginning,
): Decision<GroupCommitted> => {
  const group = emptyGroup(0)
  const declared = { actor, epoch: 0, change: { addUsers: [], addDevices, removeDevices: [] }, commit }
  const refused =
    refuseStale(group, declared) ??
    refuseMismatch(group, declared) ??
    refuseDevices(group, ({ userId }) => members.has(userId), declared)
  return refused ?? accepted(committed(group, declared, at))
}

export const resetGroup = (state: ConversationState, role: Role, command: ResetGroup): Decision<GroupReset> => {
  if (state.kind === 'group' && !managesGroup(state, role)) {
    return rejected('forbidden', 'only owners and admins of a group may reset its encryption')
  }
  if (state.mls === undefined) return rejected('not_found', 'the conversation has no encryption group')
  const { at, actor, clientSeq, generation, proof } = command
  if (generation !== state.mls.generation + 1) return staleEpoch(state.mls)
  const signed = proof !== undefined && { proof }
  return accepted({ type: 'GroupReset', at, actor, data: { generation, ...signed, clientSeq } })
}

/**
 * No event for a device that is not in the tree, or that must leave it already: the same request may be repeated
 * any number of times.
 */
export const askDeviceRemoval = (
  { mls }: Pick<ConversationState, 'mls'>,
  { at, actor, device }: AskDeviceRemoval,
): readonly DeviceRemovalAsked[] => {
  if (mls === undefined || leafOf(mls, device) === undefined) return []
  if (mls.pendingRemovals.has(deviceKey(device))) return []
  const { userId, deviceId } = device
  return [{ type: 'DeviceRemovalAsked', at, actor, data: { userId, deviceId } }]
}
