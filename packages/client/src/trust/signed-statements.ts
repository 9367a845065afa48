import {
  bytesOfStatement,
  type IdentityStatement,
  type Revocation,
  type Succession,
  statementChecks,
} from '@backscroll/protocol/identity-statements'
import { type KeyPair, sign } from '../crypto/signatures.ts'
import { toBase64 } from '../encoding/base64.ts'
import { allGood, certify, type Device } from './device-certificate.ts'

export interface NamedDevice {
  readonly deviceId: string
  /** Base64. */
  readonly signatureKey: string
}

export interface WantedRevocation {
  readonly revoked: readonly string[]
  /** Devices that depend on revoked ones and should stay. */
  readonly kept: readonly NamedDevice[]
}

const copies = (devices: readonly NamedDevice[]) =>
  devices.map(({ deviceId, signatureKey }) => ({ deviceId, signatureKey }))

/** By a device of the user. */
export const revokeBy = async (
  { credential, keys }: Device,
  { revoked, kept }: WantedRevocation,
): Promise<Revocation> => {
  const { userId, deviceId, identityKey, chain, certificate } = credential
  const by = { deviceId, signatureKey: toBase64(keys.publicKey), ...(chain && { chain: [...chain] }), certificate }
  const said = { type: 'revocation' as const, userId, identityKey, revoked: [...revoked], kept: copies(kept), by }
  return { ...said, signature: toBase64(await sign(keys.privateKey, bytesOfStatement(said))) }
}

/** By the identity key. */
export const revokeByIdentity = async (
  identity: KeyPair,
  userId: string,
  { revoked, kept }: WantedRevocation,
): Promise<Revocation> => {
  const about = { revoked: [...revoked], kept: copies(kept), by: null }
  const said = { type: 'revocation' as const, userId, identityKey: toBase64(identity.publicKey), ...about }
  return { ...said, signature: toBase64(await sign(identity.privateKey, bytesOfStatement(said))) }
}

export interface WantedSuccession {
  readonly userId: string
  readonly from: KeyPair
  readonly to: KeyPair
  readonly number: number
  readonly kept: readonly (NamedDevice & { readonly publicKey: Uint8Array })[]
}

/** The old key hands over to the new one, which certifies the devices that stay. */
export const succeed = async ({ userId, from, to, number, kept }: WantedSuccession): Promise<Succession> => {
  const certified = await Promise.all(
    kept.map(async ({ deviceId, signatureKey, publicKey }) => {
      const certificate = await certify(to, { userId, deviceId, publicKey })
      return { deviceId, signatureKey, certificate }
    }),
  )
  const keys = { identityKey: toBase64(from.publicKey), successor: toBase64(to.publicKey) }
  const said = { type: 'succession' as const, userId, ...keys, number, kept: certified }
  return { ...said, signature: toBase64(await sign(from.privateKey, bytesOfStatement(said))) }
}

/** Whether every signature in it is valid. */
export const isGenuine = (statement: IdentityStatement): Promise<boolean> => allGood(statementChecks(statement))
