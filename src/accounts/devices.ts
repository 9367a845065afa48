import type { Actor } from '../domain/ids.ts'
import type { Device, DeviceAnswer, DeviceVoucher, Notice } from '../ports/accounts.ts'
import { certificateChecks } from '../protocol/certificates.ts'
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'
import { areGood } from './signatures.ts'

export interface NewDevice {
  readonly name?: string
  /** Base64: Ed25519 public keys of 32 bytes, a signature of 64. */
  readonly signatureKey: string
  readonly certificate: string
  /** The devices that vouch for it, where the identity key did not sign itself. */
  readonly chain?: readonly DeviceVoucher[]
  /** Left out by every device but the first. */
  readonly identityKey?: string
}

export interface UserDevices {
  /** Null until the first device has registered it. */
  readonly identityKey: string | null
  /** Active ones, oldest first. */
  readonly devices: readonly Device[]
}

export interface Devices {
  /** `not_found` for a user who is unknown, erased or deactivated. */
  list(userId: string): Promise<UserDevices>
  /** Registers the device that the actor's token names; the same again changes nothing. */
  register(actor: Actor, device: NewDevice): Promise<void>
  rename(actor: Actor, deviceId: string, name: string | null): Promise<void>
  /** Its tokens are refused from now on, its sockets close, its key packages are gone; the id is never used again. */
  revoke(actor: Actor, deviceId: string): Promise<void>
}

const refusals: Readonly<Record<Exclude<DeviceAnswer, 'added' | 'repeated'>, ErrorCode>> = {
  taken: 'device_exists',
  limit: 'device_limit',
  identity_differs: 'identity_key_differs',
  no_account: 'not_found',
}

const isCertified = (actor: Actor, { signatureKey, certificate, chain = [] }: NewDevice, identityKey: string) =>
  areGood(certificateChecks({ ...actor, identityKey, chain, certificate }, signatureKey))

/** Whoever vouches is a device that stands, with that key. */
const isKnown = (chain: readonly DeviceVoucher[], devices: readonly Device[]): boolean =>
  chain.every(({ deviceId, signatureKey }) =>
    devices.some((one) => one.deviceId === deviceId && one.signatureKey === signatureKey && one.revokedAt === null),
  )

export const createDevices = (deps: AccountDeps): Devices => {
  const { store, standings, announcer, settings, signOut, newId, now } = deps

  const standingOf = async (userId: string) => {
    const { account, devices } = await standings.fresh(userId)
    if (account === undefined || account.status !== 'active') throw new ProtocolError('not_found')
    return { account, devices }
  }

  const tell = (userId: string, command: Notice['command']): Notice => ({ id: newId(), userId, command })

  const told = async (userId: string, found: boolean): Promise<void> => {
    standings.forget(userId)
    if (!found) throw new ProtocolError('not_found')
    await announcer.flush()
  }

  return {
    list: async (userId) => {
      const { account, devices } = await standingOf(userId)
      return { identityKey: account.identityKey, devices: devices.filter(({ revokedAt }) => revokedAt === null) }
    },
    register: async (actor, device) => {
      const { userId, deviceId } = actor
      const at = now()
      const { account, devices } = await standingOf(userId)
      const identityKey = device.identityKey ?? account.identityKey
      const { signatureKey, certificate, name = null, chain = [] } = device
      if (identityKey === null || !isCertified(actor, device, identityKey) || !isKnown(chain, devices))
        throw new ProtocolError('bad_certificate')
      const vouched = chain.length > 0 ? { chain } : {}
      const keys = { signatureKey, certificate, ...vouched }
      const answer = await store.addDevice({
        device: { userId, deviceId, name, ...keys, addedAt: at },
        identityKey,
        limit: settings.maxDevices,
        notice: tell(userId, { type: 'AddDevice', actor, at, deviceId, identityKey, ...keys }),
      })
      standings.forget(userId)
      if (answer !== 'added' && answer !== 'repeated') throw new ProtocolError(refusals[answer])
      await announcer.flush()
    },
    rename: async (actor, deviceId, name) => {
      const notice = tell(actor.userId, { type: 'NameDevice', actor, at: now(), deviceId })
      await told(actor.userId, await store.nameDevice(actor.userId, deviceId, name, notice))
    },
    revoke: async (actor, deviceId) => {
      const at = now()
      const notice = tell(actor.userId, { type: 'RevokeDevice', actor, at, deviceId })
      const found = await store.revokeDevice(actor.userId, deviceId, at, notice)
      standings.forget(actor.userId)
      if (found) signOut(actor.userId, 'revoked', deviceId)
      await told(actor.userId, found)
    },
  }
}
