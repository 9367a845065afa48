import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { encodeDeviceCredential } from '../../src/protocol/device-credential.ts'
import { bytesOfGroupReset, type GroupResetFacts } from '../../src/protocol/group-reset.ts'
import { bytesOfMemberChange, type MemberChange, type MemberChangeFacts } from '../../src/protocol/member-change.ts'
import type { ActProof } from '../../src/protocol/signed-act.ts'

interface Actor {
  readonly userId: string
  readonly deviceId: string
}

const [identityKey = '', certificate = ''] = [32, 64].map((size) => Buffer.alloc(size).toString('base64'))

/** By a key that nobody has registered, unless one is given, PKCS #8; servers check no certificate. */
const proofOf = ({ userId, deviceId }: Actor, bytes: Uint8Array, key?: KeyObject): ActProof => {
  const privateKey = key ?? generateKeyPairSync('ed25519').privateKey
  const publicKey = createPublicKey(privateKey)
  return {
    credential: Buffer.from(encodeDeviceCredential({ userId, deviceId, identityKey, certificate })).toString('base64'),
    signatureKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    signature: sign(null, bytes, privateKey).toString('base64'),
  }
}

/** What `POST /conversations/{id}/group-reset` takes beside the numbers, for servers that do not know the device's key. */
export const signedReset = (facts: GroupResetFacts) => {
  const { generation } = facts
  return { generation, proof: proofOf(facts, bytesOfGroupReset(facts)) }
}

/** What changes of the members take beside the numbers. `key`: of a registered device, PKCS #8. */
export const signedChange = (facts: MemberChangeFacts & MemberChange, key?: Uint8Array) => {
  const { generation, epoch } = facts
  const own = key && createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })
  return { generation, epoch, proof: proofOf(facts, bytesOfMemberChange(facts), own) }
}

interface Numbers {
  readonly clientSeq: number
  readonly afterClientSeq: number
}
interface Where {
  readonly conversationId: string
  readonly epoch: number
}

/** The whole body of `DELETE /conversations/{id}/members/{userId}`. */
export const departure = (by: Actor, { conversationId, epoch }: Where, memberId: string, numbers: Numbers) => {
  const change = memberId === by.userId ? ('left' as const) : ('removed' as const)
  const { userId, deviceId } = by
  const facts = { conversationId, generation: 0, epoch, userId, deviceId, memberId, change }
  return { ...signedChange({ ...facts, clientSeq: numbers.clientSeq }), ...numbers }
}

/** The whole body of `PATCH /conversations/{id}/members/{userId}`. */
export const otherRole = (
  by: Actor,
  { conversationId, epoch }: Where,
  { memberId, role, number = 1 }: { memberId: string; role: 'owner' | 'admin' | 'member'; number?: number },
  numbers: Numbers,
) => {
  const { userId, deviceId } = by
  const facts = { conversationId, generation: 0, epoch, userId, deviceId, memberId, change: 'role' as const }
  const signed = signedChange({ ...facts, clientSeq: numbers.clientSeq, role, number })
  return { ...signed, role, number, ...numbers }
}
