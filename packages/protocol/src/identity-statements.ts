import { z } from 'zod'
import { bytesToCertify, certificateChecks, type SignatureCheck } from './certificates.ts'
import { publicKey, signature, voucherChain } from './device-credential.ts'
import { deviceId, userId } from './ids.ts'

/**
 * What a user states about the own devices and the own identity key, signed, for the server and for everybody
 * concerned. Kept for ever, because the holder of a revoked key could use it at any time.
 */
const mostDevices = 64

const device = { deviceId, signatureKey: publicKey }
const keptDevice = z.strictObject(device)
const recertified = z.strictObject({ ...device, certificate: signature })
/** A device that signs, with everything that makes it the user's own. */
const signer = z.strictObject({ ...device, chain: voucherChain.optional(), certificate: signature })

const revocation = z.strictObject({
  type: z.literal('revocation'),
  userId,
  identityKey: publicKey,
  revoked: z.array(deviceId).min(1).max(mostDevices),
  kept: z.array(keptDevice).max(mostDevices),
  by: signer.nullable(),
  signature,
})

const succession = z.strictObject({
  type: z.literal('succession'),
  userId,
  identityKey: publicKey,
  successor: publicKey,
  number: z.int().min(1),
  kept: z.array(recertified).min(1).max(mostDevices),
  signature,
})

export const identityStatement = z.discriminatedUnion('type', [revocation, succession])

/**
 * These devices no longer vouch for anybody, and what they vouched for no longer counts, except for the devices
 * that are kept. Signed by the identity key (`by` null) or by a device.
 */
export type Revocation = z.output<typeof revocation>
/**
 * The identity key hands over to another one, which certifies the devices that are kept. All others no longer
 * count. Signed by the old key.
 */
export type Succession = z.output<typeof succession>
export type IdentityStatement = Revocation | Succession

export const revocationSchema = revocation
export const successionSchema = succession

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const named = ({ deviceId, signatureKey }: { readonly deviceId: string; readonly signatureKey: string }) => [
  deviceId,
  signatureKey,
]

/** A domain, a zero byte, and the statement as JSON without spaces. */
export const bytesOfStatement = (
  statement: Omit<Revocation, 'signature'> | Omit<Succession, 'signature'>,
): Uint8Array<ArrayBuffer> => {
  const { type, userId, identityKey, kept } = statement
  const about =
    type === 'revocation'
      ? [statement.by?.deviceId ?? null, statement.revoked, kept.map(named)]
      : [statement.successor, statement.number, kept.map(named)]
  return utf8(`backscroll identity ${type} v1\0${JSON.stringify([userId, identityKey, ...about])}`)
}

const signerChecks = ({ userId, identityKey, by }: Revocation): readonly SignatureCheck[] | undefined =>
  by === null ? [] : certificateChecks({ userId, identityKey, ...by, chain: by.chain ?? [] }, by.signatureKey)

const keptChecks = ({ userId, successor, kept }: Succession): readonly SignatureCheck[] =>
  kept.map(({ deviceId, signatureKey, certificate }) => ({
    key: successor,
    bytes: bytesToCertify({ userId, deviceId }, fromBase64(signatureKey)),
    signature: certificate,
  }))

/** All signatures that must be valid for the statement to come from the user whose identity key it names. */
export const statementChecks = (statement: IdentityStatement): readonly SignatureCheck[] | undefined => {
  const { identityKey, signature } = statement
  const bytes = bytesOfStatement(statement)
  if (statement.type === 'succession') return [{ key: identityKey, bytes, signature }, ...keptChecks(statement)]
  const checks = signerChecks(statement)
  return checks && [...checks, { key: statement.by?.signatureKey ?? identityKey, bytes, signature }]
}
