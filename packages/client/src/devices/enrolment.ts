import type { DeviceList } from '@backscroll/protocol/rest/devices'
import type { KeyPair } from '../crypto/signatures.ts'
import { fromBase64 } from '../encoding/base64.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { type EnrolmentOptions, enrolmentOptions } from '../rest/enrolment-options.ts'
import type { Directory } from '../rest/mls-directory.ts'
import { createDeviceProver, type DeviceProver } from '../sign-in/device-prover.ts'
import type { StoreWriter } from '../stores/store-writer.ts'
import {
  type Certification,
  certifyWhole,
  createDeviceKeys,
  type Device,
  isCertified,
  type UncertifiedDevice,
  vouch,
} from '../trust/device-certificate.ts'
import { createIdentity } from '../trust/identity-key.ts'
import {
  certificationOf,
  fromPair,
  type KeysRecord,
  keysRecord,
  type OwnKeys,
  ownKeysOf,
  toPair,
  withCertification,
} from './device-keys.ts'

const key = 'device'

export interface EnrolmentDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly directory: Directory
  readonly writer: StoreWriter
  /** This device waits for another one to let it in. */
  readonly onWaiting: (ways: EnrolmentOptions) => void
  /** Another device, or the recovery key, has let this one in. */
  readonly onAdopted: () => Promise<void>
  /** Does the key that this device knows lead, by what the user has signed, to the one that the list names? */
  readonly leadsTo: (list: DeviceList) => Promise<boolean>
  readonly now: () => number
}

export interface Enrolment {
  keys(): OwnKeys | undefined
  /** Undefined until there are keys. */
  prover(): DeviceProver | undefined
  /** Throws `not_approved`. */
  device(): Device
  /** Resolves when this device is registered: at once for a user's first, otherwise after `adopt`. */
  enrol(): Promise<void>
  /** Another device, or the identity key from the recovery record, has certified this one. */
  adopt(certification: Certification): Promise<void>
  /**
   * Certifies another device of the user, by the identity key where it is here. Throws `not_approved`,
   * `chain_too_long`.
   */
  certify(device: UncertifiedDevice): Promise<Certification>
  /** A new identity key, kept until it is known whether the server has it. */
  prepareNext(): Promise<KeyPair>
  /** Takes over what the server has certified meanwhile: a new identity key, from this device or another. */
  refresh(): Promise<void>
  /** Overwrites the private half of the identity key: from now on only the recovery key opens it. */
  forgetIdentity(): Promise<void>
}

/**
 * Makes a device the user's own. Keys are stored before they are registered, so that a crash in between does no
 * harm.
 */
export const loadEnrolment = (stored: ReadonlyMap<string, unknown>, deps: EnrolmentDeps): Enrolment => {
  const { me, directory, writer } = deps
  const found = stored.get(key)
  let own: KeysRecord | undefined = found === undefined ? undefined : keysRecord.parse(found)
  let approved: (() => void) | undefined
  let closed: Promise<void> | undefined
  let prover: DeviceProver | undefined

  const save = async (next: KeysRecord) => {
    own = next
    await writer.write([{ key, value: next }])
  }
  const keys = (): OwnKeys | undefined => own && ownKeysOf(me, own)
  const proverOf = (): DeviceProver | undefined => {
    const found = keys()
    if (prover === undefined && found !== undefined) prover = createDeviceProver(found.keys, deps.now)
    return prover
  }
  const mustHaveKeys = async (): Promise<KeysRecord> => {
    if (own === undefined) await save({ keys: fromPair(await createDeviceKeys()) })
    if (own === undefined) throw new BackscrollError('internal')
    return own
  }
  const device = (): Device => {
    const found = keys()?.device
    if (found === undefined) throw new BackscrollError('not_approved')
    return found
  }
  const keepCertification = async (certification: Certification, identity?: KeyPair) => {
    await save(withCertification(await mustHaveKeys(), certification, identity))
    approved?.()
  }
  const beFirst = async () => {
    const identity = await createIdentity()
    await keepCertification(await certifySelf(identity), identity)
  }
  const register = async () => {
    const certification = own && certificationOf(own)
    if (own === undefined || certification === undefined) return
    await directory.register({ signatureKey: own.keys.publicKey, ...certification })
  }
  const waitForApproval = (list: DeviceList) =>
    new Promise<void>((resolve) => {
      approved = resolve
      deps.onWaiting(enrolmentOptions(list))
    })
  const certifySelf = async (identity: KeyPair): Promise<Certification> => {
    const { keys: mine } = await mustHaveKeys()
    return certifyWhole(identity, { ...me, publicKey: fromBase64(mine.publicKey) })
  }
  /** A key that this device made, and that the server has accepted. */
  const settleNext = async ({ identityKey }: DeviceList) => {
    if (own?.next === undefined) return
    const { next, ...rest } = own
    if (next.publicKey === identityKey) await keepCertification(await certifySelf(toPair(next)), toPair(next))
    else await save(rest)
  }
  /** Another device has renewed the identity key and certified this one under it. */
  const applyRenewedIdentity = async (list: DeviceList) => {
    const row = list.devices.find(({ deviceId }) => deviceId === me.deviceId)
    const known = own?.identity?.publicKey
    const { identityKey } = list
    if (known === undefined || identityKey === null || identityKey === known || !row?.certificate) return
    const certification = { identityKey, ...(row.chain && { chain: row.chain }), certificate: row.certificate }
    const isOurs = await isCertified({ ...me, ...certification }, fromBase64(own?.keys.publicKey ?? ''))
    if (isOurs && (await deps.leadsTo(list))) await keepCertification(certification)
  }
  const refresh = async () => {
    if (own === undefined) return
    const list = await directory.devices()
    await settleNext(list)
    await applyRenewedIdentity(list)
  }
  const obtain = async () => {
    await mustHaveKeys()
    const list = await directory.devices()
    if (list.identityKey === null) await beFirst()
    else await waitForApproval(list)
  }
  /** Another device of the same user was first. */
  const lostRace = async (thrown: unknown) => {
    if (toBackscrollError(thrown).code !== 'identity_key_differs') throw thrown
    await save({ keys: (await mustHaveKeys()).keys })
    await waitForApproval(await directory.devices())
    await register()
  }
  const run = async () => {
    await refresh()
    if (own?.certificate === undefined) await obtain()
    await register().catch(lostRace)
  }
  return {
    keys,
    prover: proverOf,
    device,
    enrol: () => {
      closed ??= run().finally(() => {
        closed = undefined
      })
      return closed
    },
    adopt: async (certification) => {
      await deps.onAdopted()
      await keepCertification(certification)
    },
    certify: async (other) => {
      const identity = keys()?.identity
      return identity === undefined ? vouch(device(), other) : certifyWhole(identity, other)
    },
    prepareNext: async () => {
      const next = await createIdentity()
      await save({ ...(await mustHaveKeys()), next: fromPair(next) })
      return next
    },
    refresh,
    forgetIdentity: async () => {
      if (own?.identity === undefined) return
      await save({ ...own, identity: { publicKey: own.identity.publicKey } })
    },
  }
}
