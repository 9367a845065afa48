import { voucherChain } from '@backscroll/protocol/device-credential'
import { z } from 'zod'
import type { KeyPair } from '../crypto/signatures.ts'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import type { Certification, Device } from '../trust/device-certificate.ts'

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })

/**
 * `identity.privateKey` is there from the first device's start until a recovery key was made; earlier versions gave
 * every device a copy.
 */
export const keysRecord = z.object({
  keys: pair,
  identity: z.object({ publicKey: z.string(), privateKey: z.string().optional() }).optional(),
  /** A new identity key that the server may know already: stored before it is sent. */
  next: pair.optional(),
  chain: voucherChain.optional(),
  certificate: z.string().optional(),
})

export type KeysRecord = z.output<typeof keysRecord>

/** This device's keys. */
export interface OwnKeys {
  readonly keys: KeyPair
  /** Base64. */
  readonly identityKey: string | undefined
  /** Only while its private half is still on this device. */
  readonly identity: KeyPair | undefined
  /** Present once the device is the user's own. */
  readonly device: Device | undefined
}

export const toPair = ({ publicKey, privateKey }: z.output<typeof pair>): KeyPair => ({
  publicKey: fromBase64(publicKey),
  privateKey: fromBase64(privateKey),
})

export const fromPair = ({ publicKey, privateKey }: KeyPair): z.output<typeof pair> => ({
  publicKey: toBase64(publicKey),
  privateKey: toBase64(privateKey),
})

export const certificationOf = ({ identity, chain, certificate }: KeysRecord): Certification | undefined =>
  identity === undefined || certificate === undefined
    ? undefined
    : { identityKey: identity.publicKey, ...(chain && { chain }), certificate }

export const withCertification = (
  { keys }: KeysRecord,
  { identityKey, chain, certificate }: Certification,
  identity?: KeyPair,
): KeysRecord => ({
  keys,
  identity: identity === undefined ? { publicKey: identityKey } : fromPair(identity),
  ...(chain && { chain: [...chain] }),
  certificate,
})

export const ownKeysOf = (me: { readonly userId: string; readonly deviceId: string }, record: KeysRecord): OwnKeys => {
  const keys = toPair(record.keys)
  const certification = certificationOf(record)
  const { publicKey, privateKey } = record.identity ?? {}
  return {
    keys,
    identityKey: publicKey,
    identity: publicKey === undefined || privateKey === undefined ? undefined : toPair({ publicKey, privateKey }),
    device: certification && { credential: { ...me, ...certification }, keys },
  }
}
