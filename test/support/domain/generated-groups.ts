import type { CommitGroup, ResetGroup } from '../../../src/domain/conversation/conversation-commands.ts'
import type { ConversationState } from '../../../src/domain/conversation/conversation-state.ts'
import { leafOf } from '../../../src/domain/conversation/groups/commit-checks.ts'
import { emptyGroup, isUnborn } from '../../../src/domain/conversation/groups/epochs.ts'
import type { BlobRef, Group, GroupBeginning, GroupChange } from '../../../src/domain/conversation/groups/group.ts'
import { type Actor, deviceId, type UserId, userId } from '../../../src/domain/ids.ts'

/** What an attempt at a commit is made of. */
export interface CommitAttempt {
  readonly stamp: Pick<CommitGroup, 'actor' | 'at' | 'clientSeq' | 'afterClientSeq'>
  readonly other: UserId
  readonly pick: number
}

const nothing: GroupChange = { addUsers: [], addDevices: [], removeDevices: [] }

const blob = (kind: string, epoch: number, pick: number): BlobRef => ({
  hash: Buffer.from(`${kind} ${epoch} ${pick}`).toString('hex').padEnd(64, '0').slice(0, 64),
  size: epoch,
})

const deviceOf = (key: string): Actor => {
  const [user = '', name = ''] = key.split('/')
  return { userId: userId(user), deviceId: deviceId(name) }
}

/** What this device may well want now: to carry out what waits, else one of the changes that there are. */
const wanted = (group: Group, members: ReadonlyMap<string, unknown>, { stamp, other, pick }: CommitAttempt) => {
  const { userId: own } = stamp.actor
  if (group.pendingRemovals.size > 0) {
    return { ...nothing, removeDevices: [...group.pendingRemovals].map(deviceOf) }
  }
  const sibling = { userId: own, deviceId: deviceId(`device${pick % 2}`) }
  if (pick % 5 === 0) return nothing
  if (pick % 5 === 1) return { ...nothing, removeDevices: [sibling] }
  const device = { userId: other, deviceId: deviceId(`device${pick % 2}`) }
  return members.has(other)
    ? { ...nothing, addDevices: [pick % 5 === 2 ? sibling : device] }
    : { ...nothing, addUsers: [other], addDevices: [device] }
}

const refsOf = (epoch: number, adds: readonly Actor[], pick: number) => ({
  commit: pick % 3 === 0 ? blob('commit', epoch, pick) : null,
  welcome: adds.length > 0 ? blob('welcome', epoch, pick) : null,
  groupInfo: blob('info', epoch, pick),
})

/** What a conversation with `other` begins with: its maker's device alone, or one of the other's with it. */
export const beginningOf = ({ stamp, other, pick }: CommitAttempt): GroupBeginning => {
  const alone = pick % 4 === 0 || other === stamp.actor.userId
  const adds = alone ? [] : [{ userId: other, deviceId: deviceId(`device${pick % 2}`) }]
  const place = { generation: 0, epoch: 0 }
  const facts = {
    ...place,
    sender: 0,
    adds,
    removes: [],
    externalInit: false,
    others: 0,
    path: undefined,
    addUsers: [],
  }
  const groupInfo = { generation: 0, epoch: alone ? 0 : 1 }
  const refs = { ...refsOf(0, adds, pick), ...(alone && { commit: null }) }
  return { addDevices: adds, commit: { facts: alone ? null : facts, groupInfo, welcomed: adds.length, refs } }
}

const joining = (group: Group, { stamp: { actor } }: CommitAttempt): GroupChange =>
  leafOf(group, actor) === undefined
    ? { ...nothing, addDevices: [actor] }
    : { ...nothing, addDevices: [actor], removeDevices: [actor] }

/** A commit, or now and then a reset, that mostly is what the group can take; what is not is refused and does not happen. */
export const commitOf = (state: ConversationState, attempt: CommitAttempt): CommitGroup | ResetGroup => {
  const { stamp, pick } = attempt
  const group = state.mls ?? emptyGroup(0)
  if (state.mls !== undefined && pick % 23 === 0)
    return { type: 'ResetGroup', ...stamp, generation: group.generation + 1 }
  const own = leafOf(group, stamp.actor)
  const external = !isUnborn(group) && (own === undefined || pick % 11 === 0)
  const change = external ? joining(group, attempt) : wanted(group, state.members, attempt)
  const adds = external ? [] : change.addDevices
  const { generation, epoch } = group
  const facts = {
    ...{ generation, epoch, adds, externalInit: external, others: 0, path: stamp.actor },
    addUsers: change.addUsers,
    sender: external ? ('external' as const) : (own ?? 0),
    removes: change.removeDevices.map((device) => leafOf(group, device) ?? -1),
  }
  const refs = refsOf(epoch, adds, pick)
  const commit = { facts, groupInfo: { generation, epoch: epoch + 1 }, welcomed: adds.length, refs }
  return { type: 'CommitGroup', ...stamp, epoch, change, commit }
}
