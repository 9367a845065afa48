import { bytesOfRecovery, type RecoveryRecord } from '@backscroll/protocol/recovery-record'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { deriveAesKey, open, seal } from '../crypto/aes.ts'
import { type KeyPair, sign, verify } from '../crypto/signatures.ts'
import { fromBase32, toBase32 } from '../encoding/base32.ts'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { type Bytes, concat, equalBytes, fromUtf8, randomBytes, utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

/** 176 random bits and a checksum of 24: 40 letters. */
const sizes = { secret: 22, checksum: 3, salt: 16 }
const version = Uint8Array.of(1)
const info = 'backscroll recovery v1'

const checksum = (secret: Uint8Array): Uint8Array => sha256(concat(utf8(info), secret)).subarray(0, sizes.checksum)

/** Shown once, to be kept on paper: eight groups of five letters and digits, `7GQ2M-...`. */
export const createRecoveryKey = (): string => {
  const secret = randomBytes(sizes.secret)
  return (toBase32(concat(secret, checksum(secret))).match(/.{5}/g) ?? []).join('-')
}

/** Throws `bad_recovery_key` for one that was mistyped. */
export const recoverySecret = (recoveryKey: string): Bytes => {
  const bytes = fromBase32(recoveryKey)
  const secret = bytes?.subarray(0, sizes.secret)
  const whole = bytes?.length === sizes.secret + sizes.checksum
  if (secret === undefined || !whole || !equalBytes(checksum(secret), bytes.subarray(sizes.secret)))
    throw new E2eeError('bad_recovery_key')
  return secret
}

const aad = (userId: string): Bytes => utf8(`${info}\0${userId}`)

/** The identity key in the form that the server stores: only the recovery key opens it. */
export const sealIdentity = async (identity: KeyPair, userId: string, recoveryKey: string): Promise<Bytes> => {
  const salt = randomBytes(sizes.salt)
  const key = await deriveAesKey(recoverySecret(recoveryKey), salt, info)
  const content = { publicKey: toBase64(identity.publicKey), privateKey: toBase64(identity.privateKey) }
  return concat(version, salt, await seal(key, utf8(JSON.stringify(content)), aad(userId)))
}

/** The same, in the form that the server accepts: signed, so that no device without the identity key can replace it. */
export const sealRecord = async (
  identity: KeyPair,
  { userId, number }: { readonly userId: string; readonly number: number },
  recoveryKey: string,
): Promise<RecoveryRecord> => {
  const record = { blob: toBase64(await sealIdentity(identity, userId, recoveryKey)), number }
  const bytes = bytesOfRecovery({ userId, identityKey: toBase64(identity.publicKey) }, record)
  return { ...record, signature: toBase64(await sign(identity.privateKey, bytes)) }
}

const keyPair = z.object({ publicKey: z.base64(), privateKey: z.base64() })

/** Whether the two halves belong together. */
export const isKeyPair = async ({ publicKey, privateKey }: KeyPair): Promise<boolean> => {
  const probe = utf8('backscroll key pair')
  try {
    return await verify(publicKey, await sign(privateKey, probe), probe)
  } catch {
    return false
  }
}

/** Throws `bad_recovery_key` for a typing error, `wrong_key` for another key's or another user's blob. */
export const openIdentity = async (blob: Uint8Array, userId: string, recoveryKey: string): Promise<KeyPair> => {
  const secret = recoverySecret(recoveryKey)
  if (blob[0] !== version[0]) throw new E2eeError('malformed')
  const head = version.length + sizes.salt
  const key = await deriveAesKey(secret, blob.subarray(version.length, head), info)
  const content = keyPair.parse(JSON.parse(fromUtf8(await open(key, blob.subarray(head), aad(userId)))))
  const identity = { publicKey: fromBase64(content.publicKey), privateKey: fromBase64(content.privateKey) }
  if (!(await isKeyPair(identity))) throw new E2eeError('malformed')
  return identity
}
