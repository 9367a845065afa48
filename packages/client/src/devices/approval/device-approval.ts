import { sha256 } from '@noble/hashes/sha2.js'
import { deriveAesKey, open, seal } from '../../crypto/aes.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { type Bytes, equalBytes, fromUtf8, owned, randomBytes, toHex, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { type Certification, isCertified, type UncertifiedDevice } from '../../trust/device-certificate.ts'
import { type Answer, encodeMessage, type Reveal, readMessage } from './approval-messages.ts'

/**
 * One device approves another device of the same user. The new device sends `hello`, the approving device `answer`,
 * the new device `reveal`. Then both show the same code, or one shows a QR code that the other scans. The user
 * confirms that they match, and the approving device sends `grant`. The server relays opaque messages. A server in
 * the middle must guess the code, and has one attempt with a chance of one in a hundred million.
 */
export interface Comparison {
  /** Eight digits, as in `1234 5678`. */
  readonly code: string
  /** For a QR code: the full value, of which the code is a part. */
  readonly fingerprint: string
}

const info = 'backscroll device approval v1'

const createExchangeKey = async () => {
  const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
  if (!('privateKey' in pair)) throw new E2eeError('approval_failed')
  return {
    privateKey: pair.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  }
}

const commitmentOf = (reveal: Reveal): string => toBase64(sha256(utf8(`${info} commitment\0${JSON.stringify(reveal)}`)))

const transcriptOf = (reveal: Reveal, answer: Answer): Bytes =>
  owned(sha256(utf8(`${info} transcript\0${JSON.stringify([reveal, answer])}`)))

const comparisonOf = (transcript: Uint8Array): Comparison => {
  const number = transcript.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) % 100_000_000
  const code = String(number).padStart(8, '0')
  return { code: `${code.slice(0, 4)} ${code.slice(4)}`, fingerprint: toHex(transcript) }
}

const sharedKey = async (own: CryptoKey, theirs: string, transcript: Uint8Array): Promise<CryptoKey> => {
  try {
    const key = await crypto.subtle.importKey('raw', owned(fromBase64(theirs)), 'X25519', false, [])
    const secret = await crypto.subtle.deriveBits({ name: 'X25519', public: key }, own, 256)
    return await deriveAesKey(new Uint8Array(secret), transcript, info)
  } catch (thrown) {
    throw new E2eeError('approval_failed', {}, thrown)
  }
}

const openGrant = async (
  key: CryptoKey,
  device: UncertifiedDevice,
  transcript: Bytes,
  message: Uint8Array,
): Promise<Certification> => {
  const { sealed } = readMessage('grant', message)
  const granted = readMessage('granted', utf8(fromUtf8(await open(key, fromBase64(sealed), transcript))))
  const { identityKey, chain, certificate } = granted
  const certification = { identityKey, ...(chain && { chain }), certificate }
  const { userId, deviceId, publicKey } = device
  if (!(await isCertified({ userId, deviceId, ...certification }, publicKey))) throw new E2eeError('approval_failed')
  return certification
}

/** Runs on the new device. Throws `approval_failed`, or `wrong_key` for a grant from another exchange. */
export const requestApproval = async (device: UncertifiedDevice) => {
  const exchange = await createExchangeKey()
  const reveal: Reveal = {
    v: 1,
    type: 'reveal',
    key: toBase64(exchange.publicKey),
    nonce: toBase64(randomBytes(16)),
    userId: device.userId,
    deviceId: device.deviceId,
    devicePublicKey: toBase64(device.publicKey),
  }
  return {
    hello: encodeMessage('hello', { v: 1, type: 'hello', commitment: commitmentOf(reveal) }),
    answered: (message: Uint8Array) => {
      const answer = readMessage('answer', message)
      const transcript = transcriptOf(reveal, answer)
      return {
        reveal: encodeMessage('reveal', reveal),
        comparison: comparisonOf(transcript),
        /** Call this only after the user has confirmed that the codes match. */
        receive: async (grant: Uint8Array): Promise<Certification> =>
          openGrant(await sharedKey(exchange.privateKey, answer.key, transcript), device, transcript, grant),
      }
    },
  }
}

const grantFor = async (certification: Certification, key: CryptoKey, transcript: Bytes): Promise<Bytes> => {
  const { identityKey, chain, certificate } = certification
  const granted = { identityKey, ...(chain && { chain: [...chain] }), certificate }
  const content = encodeMessage('granted', granted)
  return encodeMessage('grant', { v: 1, type: 'grant', sealed: toBase64(await seal(key, content, transcript)) })
}

/**
 * Runs on a device that has the identity key. `userId`: its own. A request for another user's device throws
 * `approval_failed`.
 */
export const answerApproval = async (userId: string, hello: Uint8Array) => {
  const { commitment } = readMessage('hello', hello)
  const exchange = await createExchangeKey()
  const answer: Answer = {
    v: 1,
    type: 'answer',
    key: toBase64(exchange.publicKey),
    nonce: toBase64(randomBytes(16)),
  }
  return {
    answer: encodeMessage('answer', answer),
    revealed: (message: Uint8Array) => {
      const reveal = readMessage('reveal', message)
      if (!equalBytes(fromBase64(commitmentOf(reveal)), fromBase64(commitment)) || reveal.userId !== userId)
        throw new E2eeError('approval_failed')
      const device = { userId, deviceId: reveal.deviceId, publicKey: fromBase64(reveal.devicePublicKey) }
      const transcript = transcriptOf(reveal, answer)
      return {
        device,
        comparison: comparisonOf(transcript),
        /**
         * Call this only after the user has confirmed that the codes match. `certify` signs with the
         * identity key or this device's key; neither key leaves this device.
         */
        approve: async (certify: (device: UncertifiedDevice) => Promise<Certification>): Promise<Bytes> => {
          const key = await sharedKey(exchange.privateKey, reveal.key, transcript)
          return grantFor(await certify(device), key, transcript)
        },
      }
    },
  }
}
