import {
  createApplicationMessage,
  encodeMlsMessage,
  makePskIndex,
  type PrivateMessage,
  processPrivateMessage,
  zeroOutUint8Array,
} from 'ts-mls'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { equalBytes } from '../encoding/bytes.ts'
import { E2eeError, failingAs } from '../errors/e2ee-error.ts'
import { mlsConfig } from './library/mls-config.ts'
import { readMlsMessage } from './library/mls-message.ts'
import { mlsSuite } from './library/mls-suite.ts'
import { type GroupState, leafAt, type Member, requireMember, toMember } from './state/group-state.ts'

/**
 * Keys that the new state no longer needs. Call `forget` when the new state is stored; the old state cannot use
 * them afterwards.
 */
export type Spent = readonly Uint8Array[]

export const forget = (spent: Spent): void => {
  for (const bytes of spent) zeroOutUint8Array(bytes)
}

export interface Encrypted {
  /** An MLS PrivateMessage. Store the state before you send it: using a state twice would use a key twice. */
  readonly message: Uint8Array
  readonly epoch: number
  readonly state: GroupState
  readonly spent: Spent
}

export interface Decrypted {
  readonly plaintext: Uint8Array
  /** Not secret, but bound to the message. */
  readonly aad: Uint8Array
  readonly epoch: number
  readonly sender: Member
  readonly state: GroupState
  readonly spent: Spent
}

/** The size of the library's framing inside the ciphertext: two lengths and a signature. */
const framing = 72

/** Lengths reveal much about a text: multiples of 512 bytes up to 8 KiB, of 4 KiB above. */
const paddedLength = (length: number): number => {
  const step = length + framing <= 8192 ? 512 : 4096
  return Math.ceil((length + framing) / step) * step
}

const nobody = { validateCredential: async () => false }

export const encrypt = async (state: GroupState, plaintext: Uint8Array, aad: Uint8Array): Promise<Encrypted> => {
  requireMember(state)
  const mls = { ...state.mls, clientConfig: mlsConfig(nobody, paddedLength(plaintext.length)) }
  const { newState, privateMessage, consumed } = await createApplicationMessage(mls, plaintext, await mlsSuite(), aad)
  return {
    message: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }),
    epoch: Number(privateMessage.epoch),
    state: { mls: newState },
    spent: consumed,
  }
}

/** The keys of the message's epoch: the present one, or the one before. Throws `wrong_epoch`. */
const keysFor = ({ mls }: GroupState, { epoch }: PrivateMessage) => {
  if (epoch === mls.groupContext.epoch)
    return { tree: mls.ratchetTree, senderDataSecret: mls.keySchedule.senderDataSecret }
  const old = mls.historicalReceiverData.get(epoch)
  if (old === undefined) throw new E2eeError('wrong_epoch', { epoch: Number(epoch) })
  return { tree: old.ratchetTree, senderDataSecret: old.senderDataSecret }
}

const senderOf = async (state: GroupState, message: PrivateMessage): Promise<Member> => {
  const { tree, senderDataSecret } = keysFor(state, message)
  const data = await decryptSenderData(message, senderDataSecret, await mlsSuite())
  const leaf = data && leafAt(tree, data.leafIndex)
  if (data === undefined || leaf === undefined) throw new E2eeError('unreadable')
  return toMember(data.leafIndex, leaf)
}

/**
 * Throws `malformed`, `wrong_group`, `wrong_epoch`, `unreadable` (also for a message that was opened before, and
 * for this device's own), `removed`.
 */
export const decrypt = async (state: GroupState, bytes: Uint8Array): Promise<Decrypted> => {
  requireMember(state)
  const { privateMessage } = readMlsMessage(bytes, 'mls_private_message')
  const { groupId, contentType, authenticatedData, epoch } = privateMessage
  if (!equalBytes(groupId, state.mls.groupContext.groupId)) throw new E2eeError('wrong_group')
  if (contentType !== 'application') throw new E2eeError('malformed')
  const sender = await failingAs('unreadable', () => senderOf(state, privateMessage))
  const mls = { ...state.mls, clientConfig: mlsConfig(nobody) }
  const suite = await mlsSuite()
  const result = await failingAs('unreadable', () =>
    processPrivateMessage(mls, privateMessage, makePskIndex(undefined, {}), suite),
  )
  if (result.kind !== 'applicationMessage') throw new E2eeError('malformed')
  const { message: plaintext, newState, consumed } = result
  return { plaintext, aad: authenticatedData, epoch: Number(epoch), sender, state: { mls: newState }, spent: consumed }
}
