import { bytesOfDeparture, type Departure } from '@backscroll/protocol/departure'
import { bytesOfGroupReset } from '@backscroll/protocol/group-reset'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { type Group, newGroup } from '../../../packages/client/src/groups/state/group.ts'
import { signAct } from '../../../packages/client/src/groups/state/signed-change.ts'
import { rolesOfOwner, withRole } from '../../../packages/client/src/mls/members/member-roles.ts'
import type { TestDevice } from './device.ts'

const id = '0193c5a0-0000-7000-8000-000000000001'
const clientSeq = 5

/** What a device knows of a group that ann owns, with bob an admin, and cyd and dan in it. */
export const groupOfAnn = (): Group => {
  const roster = new Map(['ann', 'bob', 'cyd', 'dan'].map((user) => [user, 'ann/1']))
  return Object.assign(newGroup(id), { roster, roles: withRole(rolesOfOwner('ann'), 'bob', 'admin') })
}

const eventBy = ({ device: { credential } }: TestDevice, type: string, data: WireEvent['data']): WireEvent => {
  const { userId, deviceId } = credential
  const stream = { kind: 'conversation', id } as const
  return { stream, revision: 9, position: '9', type, at: 0, actor: { userId, deviceId }, data }
}

const types = { left: 'MemberLeft', removed: 'MemberRemoved', deleted: 'ConversationDeleted' } as const

/** As the server tells it. */
export const departureBy = async (
  who: TestDevice,
  memberId: string,
  change: Departure,
  { generation, epoch } = { generation: 0, epoch: 0 },
): Promise<WireEvent> => {
  const { userId, deviceId } = who.device.credential
  const facts = { conversationId: id, generation, epoch, userId, deviceId, clientSeq, memberId, change }
  const proof = await signAct(who.device, bytesOfDeparture(facts))
  const concerned = change === 'deleted' ? { members: ['ann', 'bob', 'cyd', 'dan'] } : { userId: memberId }
  return eventBy(who, types[change], { ...concerned, clientSeq, signed: { generation, epoch, proof } })
}

export const resetBy = async (who: TestDevice, generation: number): Promise<WireEvent> => {
  const { userId, deviceId } = who.device.credential
  const bytes = bytesOfGroupReset({ conversationId: id, generation, userId, deviceId, clientSeq })
  return eventBy(who, 'GroupReset', { generation, clientSeq, proof: await signAct(who.device, bytes) })
}
