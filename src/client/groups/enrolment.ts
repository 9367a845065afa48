import { z } from 'zod'
import { BackscrollError, toBackscrollError } from '../backscroll-error.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { certify, createDeviceKeys, type Device } from '../e2ee/device.ts'
import { createIdentity } from '../e2ee/identity.ts'
import type { KeyPair } from '../e2ee/signatures.ts'
import type { StoreChange } from '../store.ts'
import type { Directory } from './directory.ts'
import type { StoreWriter } from './store-writer.ts'

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })
const record = z.object({ keys: pair, identity: pair.optional(), certificate: z.string().optional() })

type Record = z.output<typeof record>

/** This device's keys. `device` and `identity` are there once it is the user's own. */
export interface OwnKeys {
  readonly keys: KeyPair
  readonly identity: KeyPair | undefined
  readonly device: Device | undefined
}

const toPair = ({ publicKey, privateKey }: z.output<typeof pair>): KeyPair => ({
  publicKey: fromBase64(publicKey),
  privateKey: fromBase64(privateKey),
})
const fromPair = ({ publicKey, privateKey }: KeyPair) => ({
  publicKey: toBase64(publicKey),
  privateKey: toBase64(privateKey),
})

const key = 'device'

export interface EnrolmentDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly directory: Directory
  readonly writer: StoreWriter
  /** This device waits for an approval. */
  readonly onWaiting: () => void
}

export interface Enrolment {
  keys(): OwnKeys | undefined
  /** Throws `not_approved`. */
  device(): Device
  /** Resolves when this device is registered: at once for a user's first, else after `adopt`. */
  enrol(): Promise<void>
  /** The identity key came from another device or by the recovery key. */
  adopt(identity: KeyPair, certificate?: string): Promise<void>
}

/** Makes a device the user's own. Keys are stored before they are registered, so that a crash in between does no harm. */
export const loadEnrolment = (stored: ReadonlyMap<string, unknown>, deps: EnrolmentDeps): Enrolment => {
  const { me, directory, writer } = deps
  const found = stored.get(key)
  let own: Record | undefined = found === undefined ? undefined : record.parse(found)
  let approved: (() => void) | undefined
  let closed: Promise<void> | undefined

  const save = async (next: Record) => {
    own = next
    const change: StoreChange = { key, value: next }
    await writer.write([change])
  }
  const keys = (): OwnKeys | undefined => {
    if (own === undefined) return undefined
    const { identity, certificate } = own
    const deviceKeys = toPair(own.keys)
    const credential = identity && certificate !== undefined && { ...me, identityKey: identity.publicKey, certificate }
    return {
      keys: deviceKeys,
      identity: identity && toPair(identity),
      device: credential ? { credential, keys: deviceKeys } : undefined,
    }
  }
  const mustHaveKeys = async (): Promise<Record> => {
    if (own === undefined) await save({ keys: fromPair(await createDeviceKeys()) })
    if (own === undefined) throw new BackscrollError('internal')
    return own
  }
  const become = async (identity: KeyPair, certificate?: string) => {
    const { keys: mine } = await mustHaveKeys()
    const made = certificate ?? (await certify(identity, { ...me, publicKey: fromBase64(mine.publicKey) }))
    await save({ keys: mine, identity: fromPair(identity), certificate: made })
    approved?.()
  }
  const register = async () => {
    const { keys: mine, identity, certificate } = own ?? {}
    if (mine === undefined || identity === undefined || certificate === undefined) return
    await directory.register({ signatureKey: mine.publicKey, certificate, identityKey: identity.publicKey })
  }
  const waitForApproval = () =>
    new Promise<void>((resolve) => {
      approved = resolve
      deps.onWaiting()
    })
  const obtain = async () => {
    await mustHaveKeys()
    if ((await directory.devices()).identityKey === null) await become(await createIdentity())
    else await waitForApproval()
  }
  /** Another device of the same user was first. */
  const lostRace = async (thrown: unknown) => {
    if (toBackscrollError(thrown).code !== 'identity_key_differs') throw thrown
    await save({ keys: (await mustHaveKeys()).keys })
    await waitForApproval()
    await register()
  }
  const run = async () => {
    if (own?.certificate === undefined) await obtain()
    await register().catch(lostRace)
  }
  return {
    keys,
    device: () => {
      const device = keys()?.device
      if (device === undefined) throw new BackscrollError('not_approved')
      return device
    },
    enrol: () => {
      closed ??= run().finally(() => {
        closed = undefined
      })
      return closed
    },
    adopt: become,
  }
}
