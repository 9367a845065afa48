import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bytesOfDeparture, type DepartureFacts } from '@backscroll/protocol/departure'
import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import { bytesOfGroupReset, type GroupResetFacts } from '@backscroll/protocol/group-reset'
import type { ActProof } from '@backscroll/protocol/signed-act'

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

/** What departures take beside the numbers. `key`: of a registered device, PKCS #8. */
export const signedDeparture = (facts: DepartureFacts, key?: Uint8Array) => {
  const { generation, epoch } = facts
  const own = key && createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })
  return { generation, epoch, proof: proofOf(facts, bytesOfDeparture(facts), own) }
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
  return { ...signedDeparture({ ...facts, clientSeq: numbers.clientSeq }), ...numbers }
}
