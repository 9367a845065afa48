import type { DeviceList } from '@backscroll/protocol/rest/devices'
import type { KeyPair } from '../crypto/signatures.ts'
import { createRecoveryKey, openIdentity, sealRecord } from '../devices/recovery-key.ts'
import { planRevocation } from '../devices/revocation-plan.ts'
import { type VerifiedDevices, verifyDevices } from '../devices/verify-devices.ts'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import type { MlsProtection } from '../encryption/mls-protection.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { certifyWhole } from '../trust/device-certificate.ts'
import { revokeBy, revokeByIdentity, succeed } from '../trust/signed-statements.ts'

export interface RevokeOptions {
  /**
   * Devices that the revoked one has approved, in however many steps, and that should stay. All others of them
   * are revoked with it.
   */
  readonly keep?: readonly string[]
  /** Needed to revoke a device that this one depends on: otherwise `identity_key_needed`. */
  readonly recoveryKey?: string
  /**
   * Only the server is told. For a device that cannot sign the revocation of the other one, when there is no
   * alternative.
   */
  readonly unsigned?: boolean
}

export interface RecoverOptions {
  /** Devices that make room for the new one. The devices that they have approved are revoked as well. */
  readonly revoke?: readonly string[]
  /**
   * Devices that depend on revoked ones and stay all the same. Default: none, because after a theft nobody knows
   * what the thief has approved.
   */
  readonly keep?: readonly string[]
}

export interface BeginAnewOptions {
  /** The password of an account that has one. */
  readonly password?: string
}

/** What a person does with the own identity key. */
export interface ClientOwnIdentity {
  /**
   * Tokens of the device are refused from now on, every group removes it, and nobody believes what it vouched
   * for. Resolves with all revoked devices.
   */
  revokeDevice(deviceId: string, options?: RevokeOptions): Promise<readonly string[]>
  /**
   * A new recovery key, to be shown once and kept on paper; it replaces the one before. From now on it alone
   * opens the identity key, which this device forgets. A device without the identity key needs `recoveryKey`, the
   * previous one: otherwise `identity_key_needed`.
   */
  createRecoveryKey(options?: { readonly recoveryKey?: string }): Promise<string>
  /**
   * Makes a new device the user's own without the help of another one; when all slots are used (`device_limit`),
   * in place of others. Throws `bad_recovery_key`, `wrong_key`.
   */
  recover(recoveryKey: string, options?: RecoverOptions): Promise<void>
  /**
   * A new identity key, signed by the old one: after a theft. All devices are revoked except this one and those
   * that `keep` names; the old recovery key opens nothing any more, so make a new one. If this device does not
   * have the old identity key, it needs `recoveryKey`.
   */
  renewIdentity(options?: { readonly recoveryKey?: string; readonly keep?: readonly string[] }): Promise<void>
  /**
   * On a device that waits: a new identity key that nothing signs, when every device and the recovery key are
   * lost. All other devices are revoked, earlier messages cannot be read, and everybody else is shown the changed
   * key and must accept it.
   */
  beginAnew(options?: BeginAnewOptions): Promise<void>
}

export const createClientOwnIdentity = (
  me: { readonly userId: string; readonly deviceId: string },
  { directory, enrolment, statements, trust, tell, comeBack, rekeyBackup, recoveredBy }: MlsProtection,
): ClientOwnIdentity => {
  const { userId, deviceId } = me

  const ownPublicKey = (): Uint8Array => {
    const publicKey = enrolment.keys()?.keys.publicKey
    if (publicKey === undefined) throw new BackscrollError('not_approved')
    return publicKey
  }
  const fromRecovery = async (recoveryKey: string): Promise<KeyPair> =>
    openIdentity(fromBase64(await directory.recovery()), userId, recoveryKey)

  /** The private half, from this device or out of the recovery record. */
  const identity = async (recoveryKey: string | undefined): Promise<KeyPair> => {
    enrolment.device()
    const here = enrolment.keys()?.identity
    if (here !== undefined) return here
    if (recoveryKey === undefined) throw new BackscrollError('identity_key_needed')
    return fromRecovery(recoveryKey)
  }
  const known = () => trust.pins().get(userId)?.statements ?? []
  const warn = (id: string) =>
    tell({
      ...{ type: 'warning', code: 'unauthorised_device', conversationId: undefined, revision: undefined },
      details: { userId, deviceId: id },
    })
  /** This device knows itself: what the server says about it does not count. */
  const withSelf = (list: DeviceList): DeviceList => {
    const own = enrolment.keys()?.device
    if (own === undefined) return list
    const { chain, certificate } = own.credential
    const self = { deviceId, name: null, signatureKey: toBase64(own.keys.publicKey), certificate, addedAt: 0 }
    const others = list.devices.filter((one) => one.deviceId !== deviceId)
    return { ...list, devices: [...others, { ...self, ...(chain && { chain: [...chain] }) }] }
  }
  /** A device that does not verify is not kept, and the person is told. */
  const verified = async (list: DeviceList, identityKey: string, keep: readonly string[]): Promise<VerifiedDevices> => {
    const { statements: said = [], keys = [] } = trust.pins().get(userId) ?? {}
    const found = await verifyDevices(withSelf(list), { userId, identityKey, known: said, keys })
    const good = new Set(found.devices.map((one) => one.deviceId))
    for (const id of new Set([...found.refused, ...keep.filter((one) => !good.has(one))])) warn(id)
    return found
  }
  const signed = async (list: DeviceList, id: string, { keep = [], recoveryKey }: RevokeOptions) => {
    const own = enrolment.device()
    const here = enrolment.keys()?.identity
    const key = here ?? (recoveryKey === undefined ? undefined : await fromRecovery(recoveryKey))
    const devices = await verified(list, key ? toBase64(key.publicKey) : own.credential.identityKey, keep)
    const plan = planRevocation(devices, [id], key === undefined ? keep : [...keep, deviceId])
    if (key !== undefined) return revokeByIdentity(key, userId, plan)
    if (plan.revoked.includes(deviceId)) throw new BackscrollError('identity_key_needed')
    return revokeBy(own, plan)
  }
  const requireRoom = ({ devices, limit }: DeviceList, revoked: readonly string[]) => {
    const certified = devices.filter(({ signatureKey }) => signatureKey !== null).map((one) => one.deviceId)
    const left = certified.filter((one) => !revoked.includes(one))
    if (left.length >= limit)
      throw new BackscrollError('device_limit', { details: { devices: certified.join(), limit } })
  }
  const makeRoom = async (list: DeviceList, key: KeyPair, { revoke = [], keep = [] }: RecoverOptions) => {
    const devices = await verified(list, toBase64(key.publicKey), keep)
    const plan = planRevocation(devices, revoke, keep)
    requireRoom(list, plan.revoked)
    if (revoke.length === 0) return {}
    const self = { deviceId, signatureKey: toBase64(ownPublicKey()) }
    return { revocation: await revokeByIdentity(key, userId, { ...plan, kept: [...plan.kept, self] }) }
  }
  /**
   * Others were shown its certificate, so they must be shown that it no longer counts, whatever the server says
   * about it now.
   */
  const needsSignature = (list: DeviceList, id: string): boolean => {
    if (id === deviceId) return enrolment.keys()?.identity !== undefined
    const isListed = list.devices.some((one) => one.deviceId === id && one.signatureKey !== null)
    const isRevoked = known().some((one) => one.type === 'revocation' && one.revoked.includes(id))
    return isListed || (trust.pins().get(userId)?.devices.includes(id) === true && !isRevoked)
  }

  return {
    revokeDevice: async (id, options = {}) => {
      const list = await directory.devices()
      if (options.unsigned || !needsSignature(list, id)) {
        await directory.revoke(id)
        return [id]
      }
      const statement = await signed(list, id, options)
      await directory.revokeSigned(statement)
      await statements.hear(userId, [statement])
      return statement.revoked
    },
    createRecoveryKey: async ({ recoveryKey } = {}) => {
      const key = createRecoveryKey()
      const { recoveryNumber } = await directory.devices()
      const record = await sealRecord(await identity(recoveryKey), { userId, number: recoveryNumber + 1 }, key)
      await directory.putRecovery(record)
      await enrolment.forgetIdentity()
      await rekeyBackup(key)
      return key
    },
    recover: async (recoveryKey, options = {}) => {
      const publicKey = ownPublicKey()
      const key = await fromRecovery(recoveryKey)
      const list = await directory.devices()
      const revocation = await makeRoom(list, key, options)
      const certification = await certifyWhole(key, { userId, deviceId, publicKey })
      await directory.register({ signatureKey: toBase64(publicKey), ...certification, ...revocation })
      await enrolment.adopt(certification)
      await recoveredBy(recoveryKey)
    },
    renewIdentity: async ({ recoveryKey, keep = [] } = {}) => {
      await enrolment.refresh()
      const from = await identity(recoveryKey)
      const list = await directory.devices()
      const { devices } = await verified(list, toBase64(from.publicKey), [...keep, deviceId])
      const stay = devices
        .filter((one) => one.deviceId === deviceId || keep.includes(one.deviceId))
        .map((one) => ({ ...one, publicKey: fromBase64(one.signatureKey) }))
      const number = list.statements.filter(({ type }) => type === 'succession').length + 1
      const succession = await succeed({ userId, from, to: await enrolment.prepareNext(), number, kept: stay })
      await directory.renew(succession)
      await statements.hear(userId, [succession])
      await enrolment.refresh()
      comeBack()
    },
    beginAnew: async (options = {}) => {
      const publicKey = ownPublicKey()
      if (enrolment.keys()?.device !== undefined) throw new BackscrollError('forbidden')
      const certification = await certifyWhole(await enrolment.prepareNext(), { userId, deviceId, publicKey })
      await directory.reset({ signatureKey: toBase64(publicKey), ...certification, ...options })
      await enrolment.refresh()
    },
  }
}
