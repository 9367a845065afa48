import { createMlsDevice, freshEngine } from './mls-device.ts'
import { textMessage } from './text-message.ts'

/**
 * What a server sees of encryption, at no cost to the generator: one message and one group are made by the SDK, once in a process; conversation and
 * epoch are written over. Of the right form and size for all that can tell without a key, and the server has none.
 */
const sampleId = '00000000-0000-4000-8000-000000000000'
const sampleMessageId = '00000000-0000-7000-8000-000000000000'

const makeSamples = async () => {
  const [device, engine] = [await createMlsDevice('sample'), freshEngine()]
  const group = await engine.createGroup(sampleId, device)
  const { plaintext, aad } = textMessage(sampleMessageId)
  const { message } = await engine.encrypt(group, plaintext, aad)
  return { message, groupInfo: await engine.groupInfo(group) }
}

const samples = await makeSamples()

/** In both forms the epoch comes right behind the group's id (RFC 9420, 6.3.1 and 8.1). */
const rewritten = (sample: Uint8Array, conversationId: string, epoch: number): string => {
  if (conversationId.length !== sampleId.length) throw new RangeError(`${conversationId} is no UUID`)
  const bytes = Buffer.from(sample)
  const at = bytes.indexOf(sampleId)
  bytes.write(conversationId, at)
  bytes.writeBigUInt64BE(BigInt(epoch), at + sampleId.length)
  return bytes.toString('base64')
}

/** A message of 300 bytes, sealed: base64. */
export const ciphertextOf = (conversationId: string, epoch: number): string =>
  rewritten(samples.message, conversationId, epoch)

/** The GroupInfo of the group that a device begins alone, at epoch 0: base64. */
export const groupInfoOf = (conversationId: string): string => rewritten(samples.groupInfo, conversationId, 0)

const counterDigits = 12
let sealed = 0

/** Each ciphertext is another one: a counter, whose digits are letters of base64 too, stands in its middle. */
export const createSealer = (conversationId: string, epoch: number): (() => string) => {
  const ciphertext = ciphertextOf(conversationId, epoch)
  const middle = ciphertext.length >> 1
  const [head, tail] = [ciphertext.slice(0, middle), ciphertext.slice(middle + counterDigits)]
  return () => {
    sealed += 1
    return `${head}${String(sealed).padStart(counterDigits, '0')}${tail}`
  }
}
