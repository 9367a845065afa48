import { BackscrollError } from './backscroll-error.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { certifyWhole } from './e2ee/device.ts'
import { createRecoveryKey, openIdentity, sealIdentity } from './e2ee/recovery.ts'
import type { KeyPair } from './e2ee/signatures.ts'
import { revokeBy, revokeByIdentity, succeed } from './e2ee/statements.ts'
import type { DeviceList } from './groups/directory.ts'
import type { MlsProtection } from './groups/mls-protection.ts'
import { planRevocation } from './groups/plan-revocation.ts'

export interface RevokeOptions {
  /** Devices that the revoked one has approved, in however many steps, and that are to stay. All others of them go with it. */
  readonly keep?: readonly string[]
  /** Needed to revoke the device that this one hangs on: else `identity_key_needed`. */
  readonly recoveryKey?: string
  /** Only the server is told. For a device that cannot sign that the other one is revoked, when nothing else is at hand. */
  readonly unsigned?: boolean
}

export interface BeginAnewOptions {
  /** Of an account that has one. */
  readonly password?: string
}

/** What a person does with the own identity key. */
export interface ClientOwnIdentity {
  /**
   * Tokens of the device are refused from now on, every group removes it, and nobody believes any more what it vouched for. Resolves with all devices that
   * are revoked.
   */
  revokeDevice(deviceId: string, options?: RevokeOptions): Promise<readonly string[]>
  /**
   * A new recovery key, to be shown once and kept on paper; it replaces the one before. From now on only it opens the identity key, which this device
   * forgets. A device that does not have the identity key needs `recoveryKey`, the one before: else `identity_key_needed`.
   */
  createRecoveryKey(options?: { readonly recoveryKey?: string }): Promise<string>
  /**
   * Makes a new device the user's own without another one. `revoke`: devices that make room for it, when all slots are used (`device_limit`). Throws
   * `bad_recovery_key`, `wrong_key`.
   */
  recover(recoveryKey: string, options?: { readonly revoke?: readonly string[] }): Promise<void>
  /**
   * A new identity key, signed by the old one: after a theft. All devices but this one, and those that `keep` names, are revoked; the old recovery key opens
   * nothing any more: make a new one. Without the old identity key on this device it needs `recoveryKey`.
   */
  renewIdentity(options?: { readonly recoveryKey?: string; readonly keep?: readonly string[] }): Promise<void>
  /**
   * On a device that waits: a new identity key that nothing signs, when every device and the recovery key are lost. All other devices are revoked, nothing of
   * before can be read, and everybody else is shown the changed key and must accept it.
   */
  beginAnew(options?: BeginAnewOptions): Promise<void>
}

export const createClientOwnIdentity = (
  me: { readonly userId: string; readonly deviceId: string },
  { directory, enrolment, statements, comeBack }: MlsProtection,
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
  const signed = async (list: DeviceList, id: string, { keep = [], recoveryKey }: RevokeOptions) => {
    const own = enrolment.device()
    const here = enrolment.keys()?.identity
    const key = here ?? (recoveryKey === undefined ? undefined : await fromRecovery(recoveryKey))
    const plan = planRevocation(list, [id], key === undefined ? keep : [...keep, deviceId])
    if (key !== undefined) return revokeByIdentity(key, userId, plan)
    if (plan.revoked.includes(deviceId)) throw new BackscrollError('identity_key_needed')
    return revokeBy(own, plan)
  }
  const makeRoom = async (list: DeviceList, key: KeyPair, revoke: readonly string[]) => {
    const all = list.devices.map((one) => one.deviceId)
    const plan = planRevocation(list, revoke, all)
    const self = { deviceId, signatureKey: toBase64(ownPublicKey()) }
    return revokeByIdentity(key, userId, { ...plan, kept: [...plan.kept, self] })
  }
  const requireRoom = ({ devices, limit }: DeviceList, revoke: readonly string[]) => {
    const certified = devices.filter(({ signatureKey }) => signatureKey !== null).map((one) => one.deviceId)
    const left = certified.filter((one) => !revoke.includes(one))
    if (left.length >= limit)
      throw new BackscrollError('device_limit', { details: { devices: certified.join(), limit } })
  }

  return {
    revokeDevice: async (id, options = {}) => {
      const list = await directory.devices()
      const isPlain = list.devices.find((one) => one.deviceId === id)?.signatureKey === null
      if (options.unsigned || isPlain || (id === deviceId && enrolment.keys()?.identity === undefined)) {
        await directory.revoke(id)
        return [id]
      }
      if (!list.devices.some((one) => one.deviceId === id)) throw new BackscrollError('not_found')
      const statement = await signed(list, id, options)
      await directory.revokeSigned(statement)
      await statements.hear(userId, [statement])
      return statement.revoked
    },
    createRecoveryKey: async ({ recoveryKey } = {}) => {
      const key = createRecoveryKey()
      const sealed = await sealIdentity(await identity(recoveryKey), userId, key)
      await directory.putRecovery(toBase64(sealed))
      await enrolment.forgetIdentity()
      return key
    },
    recover: async (recoveryKey, { revoke = [] } = {}) => {
      const publicKey = ownPublicKey()
      const key = await fromRecovery(recoveryKey)
      const list = await directory.devices()
      requireRoom(list, revoke)
      const certification = await certifyWhole(key, { userId, deviceId, publicKey })
      const revocation = revoke.length === 0 ? {} : { revocation: await makeRoom(list, key, revoke) }
      await directory.register({ signatureKey: toBase64(publicKey), ...certification, ...revocation })
      await enrolment.adopt(certification)
    },
    renewIdentity: async ({ recoveryKey, keep = [] } = {}) => {
      await enrolment.refresh()
      const from = await identity(recoveryKey)
      const list = await directory.devices()
      const stay = list.devices.flatMap((one) => {
        const isKept = one.deviceId === deviceId || keep.includes(one.deviceId)
        if (!isKept || one.signatureKey === null) return []
        return [{ ...one, signatureKey: one.signatureKey, publicKey: fromBase64(one.signatureKey) }]
      })
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
