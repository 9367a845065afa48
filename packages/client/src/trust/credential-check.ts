import { type DeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import type { AuthenticationService, Credential } from 'ts-mls'
import { toBase64 } from '../encoding/base64.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import { isCertified } from './device-certificate.ts'
import type { Pins, SeenDevice } from './identity-pins.ts'
import { noteSeen } from './trust-on-first-use.ts'
import { verdictOn } from './trust-verdict.ts'

/** The credentials of a thousand-device group are checked at every join; a certificate that was valid stays valid. */
const remembered = 10_000

/** Throws `unauthorised_device` for anything that is not a device's credential. */
export const readCredential = (credential: Credential): DeviceCredential => {
  const parsed = credential.credentialType === 'basic' ? parseDeviceCredential(credential.identity) : undefined
  if (parsed === undefined) throw new E2eeError('unauthorised_device')
  return parsed
}

/** Identifies a device in comparisons. Two leaves of one device are never in one group. */
export const deviceName = ({ userId, deviceId }: Pick<DeviceCredential, 'userId' | 'deviceId'>): string =>
  `${userId}/${deviceId}`

/** One operation's view of whom to trust: what it saw first counts for what it sees next. */
export interface CredentialCheck {
  readonly service: AuthenticationService
  /** Throws `unauthorised_device` or `identity_changed`. */
  check(credential: Credential, publicKey: Uint8Array): Promise<DeviceCredential>
  /** Devices that passed. */
  seen(): readonly SeenDevice[]
}

export type CreateCredentialCheck = () => CredentialCheck

/** `pins`: the newest ones, read at each operation. */
export const credentialChecks = (pins: () => Pins): CreateCredentialCheck => {
  const good = new Set<string>()
  const certified = async (credential: DeviceCredential, publicKey: Uint8Array) => {
    const key = `${JSON.stringify(credential)}${toBase64(publicKey)}`
    if (good.has(key)) return true
    if (!(await isCertified(credential, publicKey))) return false
    if (good.size >= remembered) good.clear()
    good.add(key)
    return true
  }
  return () => {
    let known = pins()
    const seen: SeenDevice[] = []
    const check = async (mlsCredential: Credential, publicKey: Uint8Array) => {
      const credential = readCredential(mlsCredential)
      const { userId, deviceId, identityKey } = credential
      if (!(await certified(credential, publicKey))) throw new E2eeError('unauthorised_device', { userId, deviceId })
      const signatureKey = toBase64(publicKey)
      const verdict = verdictOn(known, credential, signatureKey)
      if (verdict === 'revoked' || verdict === 'other_key')
        throw new E2eeError('unauthorised_device', { userId, deviceId, reason: verdict })
      if (verdict !== 'trusted') throw new E2eeError('identity_changed', { userId, deviceId, identityKey })
      const found = { userId, deviceId, identityKey, signatureKey }
      known = noteSeen(known, [found]).pins
      seen.push(found)
      return credential
    }
    const validateCredential = async (credential: Credential, publicKey: Uint8Array) => {
      await check(credential, publicKey)
      return true
    }
    return { service: { validateCredential }, check, seen: () => seen }
  }
}
