import { bytesOfDeparture } from '@backscroll/protocol/departure'
import { bytesOfGroupReset } from '@backscroll/protocol/group-reset'
import type { DetailsCommand, GroupChange, MemberCommand } from '../../commands/outbox-entry.ts'
import { sealText, type TextField } from '../../crypto/sealed-text.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import type { Place } from '../../mls/state/epoch-order.ts'
import type { Member } from '../../mls/state/group-state.ts'
import type { Pending } from '../../mls/state/pending-commit.ts'
import type { GroupRequest } from '../../protection/protection.ts'
import type { Device } from '../../trust/device-certificate.ts'
import type { Group, OwnCommit } from '../state/group.ts'
import { resetLimit } from '../state/reset-limit.ts'
import { signAct } from '../state/signed-change.ts'

const devicesOf = (members: readonly Member[]) => members.map(({ userId, deviceId }) => ({ userId, deviceId }))

const partsOf = ({ commit, welcome, groupInfo }: Pending) => ({
  ...(commit.length > 0 && { commit: toBase64(commit) }),
  ...(welcome && { welcome: toBase64(welcome) }),
  groupInfo: toBase64(groupInfo),
})

/** Sealed anew each time it is sent; the number says that it is the same command. */
const sealed = (conversationId: string, field: TextField, text: string, key: string): Promise<string> =>
  sealText(fromBase64(key), { conversationId, field }, fromBase64(text))

type Start = Extract<GroupChange, { type: 'start' }>

const textsOf = async (id: string, { name, description, key }: Start) => ({
  ...(name !== undefined && key !== undefined && { name: await sealed(id, 'name', name, key) }),
  ...(description !== undefined &&
    key !== undefined && { description: await sealed(id, 'description', description, key) }),
})

const startOf = async (id: string, change: Start, made: Pending): Promise<GroupRequest> => {
  const { recipientId, members } = change
  const who =
    recipientId === undefined ? { conversationId: id, members, ...(await textsOf(id, change)) } : { recipientId }
  const group = { addDevices: devicesOf(made.added), ...partsOf(made) }
  return { method: 'POST', path: '/conversations', body: { ...who, group } }
}

/** Gives a group another name or description. */
export const detailsRequest = async (id: string, { field, text, key }: DetailsCommand): Promise<GroupRequest> => ({
  method: 'PATCH',
  path: `/conversations/${encodeURIComponent(id)}`,
  body: { [field]: await sealed(id, field, text, key) },
})

/** Gives up the group, signed by this device's key. `clientSeq`: the command's number. */
export const resetRequest = async (
  { conversationId, generation: known, wanted }: Group,
  device: Device,
  clientSeq: number,
): Promise<GroupRequest> => {
  const { userId, deviceId } = device.credential
  // The server's word counts no further than other devices follow.
  const missed = Math.min((wanted?.generation ?? 0) - known, resetLimit - 1)
  const generation = known + Math.max(0, missed) + 1
  const bytes = bytesOfGroupReset({ conversationId, generation, userId, deviceId, clientSeq })
  const proof = await signAct(device, bytes)
  const path = `/conversations/${encodeURIComponent(conversationId)}/group-reset`
  return { method: 'POST', path, body: { generation, proof } }
}

/**
 * Leaves, removes a member, or deletes the group, signed by this device's key. `place`: where the group is now; the signature counts
 * only there.
 */
export const memberRequest = async (
  { conversationId }: Group,
  device: Device,
  { generation, epoch }: Place,
  { type, userId: memberId }: MemberCommand['change'],
  clientSeq: number,
): Promise<GroupRequest> => {
  const { userId, deviceId } = device.credential
  const ofOne = memberId === userId ? ('left' as const) : ('removed' as const)
  const change = type === 'deleted' ? type : ofOne
  const facts = { conversationId, generation, epoch, userId, deviceId, clientSeq, memberId, change }
  const proof = await signAct(device, bytesOfDeparture(facts))
  const ofGroup = `/conversations/${encodeURIComponent(conversationId)}`
  const path = change === 'deleted' ? ofGroup : `${ofGroup}/members/${encodeURIComponent(memberId)}`
  return { method: 'DELETE', path, body: { generation, epoch, proof } }
}

/** The request that brings a finished commit to the server [E3]. */
export const groupRequest = async (
  { conversationId: id }: Group,
  change: GroupChange,
  { made, upTo }: Pick<OwnCommit, 'made' | 'upTo'>,
): Promise<GroupRequest> => {
  if (change.type === 'start') return startOf(id, change, made)
  const body = {
    epoch: Math.max(0, made.baseEpoch),
    upTo: Math.max(0, upTo),
    change: {
      addUsers: change.type === 'add' ? change.userIds : [],
      addDevices: devicesOf(made.added),
      removeDevices: devicesOf(made.removed),
      ...(change.type === 'role' && { role: { userId: change.userId, role: change.role } }),
    },
    ...partsOf(made),
  }
  return { method: 'POST', path: `/conversations/${encodeURIComponent(id)}/commits`, body }
}
