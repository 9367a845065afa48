import { certificateChecks } from '@backscroll/protocol/certificates'
import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type { IdentityStatement, Revocation } from '@backscroll/protocol/identity-statements'
import type { Actor } from '../../../domain/ids.ts'
import type { Device, DeviceAnswer, DeviceRequest, DeviceVoucher } from '../../../ports/identity/device-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { areGood } from './signatures.ts'
import { leavesWhole, mayComeBy, readStatements } from './standing-devices.ts'
import { checkStatement } from './statement-check.ts'
import { newDeviceLimit } from './statement-limits.ts'

export interface NewDevice {
  readonly name?: string
  /** Base64: Ed25519 public keys of 32 bytes, a signature of 64. */
  readonly signatureKey: string
  readonly certificate: string
  /** The devices that vouch for it, if the identity key did not sign it itself. */
  readonly chain?: readonly DeviceVoucher[]
  /** Absent for every device but the first. */
  readonly identityKey?: string
  /** By the identity key, with this device among those that stay: makes room for it. */
  readonly revocation?: Revocation
}

export interface UserDevices {
  /** Null until the first device has registered it. */
  readonly identityKey: string | null
  /** Active ones, oldest first. */
  readonly devices: readonly Device[]
  /** What the user has signed about them, oldest first. */
  readonly statements: readonly IdentityStatement[]
}

export interface DeviceRoom {
  readonly limit: number
  readonly recovery: boolean
  /** The recovery number of the recovery record; 0 where there is none. */
  readonly recoveryNumber: number
}

export interface Devices {
  /** `not_found` for a user who is unknown, erased or deactivated. */
  list(userId: string): Promise<UserDevices>
  /** What a person who cannot get in can do. */
  room(userId: string): Promise<DeviceRoom>
  /** Registers the device that the actor's token names; repeating it changes nothing. */
  register(actor: Actor, device: NewDevice): Promise<void>
  rename(actor: Actor, deviceId: string, name: string | null): Promise<void>
  /** Its tokens are refused from now on, its sockets close, its key packages are deleted; the id is never reused. */
  revoke(actor: Actor, deviceId: string): Promise<void>
}

const refusals: Readonly<Record<Exclude<DeviceAnswer, 'added' | 'repeated'>, ErrorCode>> = {
  taken: 'device_exists',
  limit: 'device_limit',
  identity_differs: 'identity_key_differs',
  no_account: 'not_found',
  unfit: 'bad_certificate',
}

const isCertified = (actor: Actor, { signatureKey, certificate, chain = [] }: NewDevice, identityKey: string) =>
  areGood(certificateChecks({ ...actor, identityKey, chain, certificate }, signatureKey))

export const createDevices = (deps: AccountDeps): Devices => {
  const { store, standings, announcer, settings, limits, signOut, newId, now } = deps

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

  const limitOf = (userId: string, { chain = [] }: NewDevice) =>
    newDeviceLimit(userId, chain.length > 0 ? 'device' : 'identity_key', settings.maxDevices)

  /** The identity key itself says which devices must go, and that this one comes: a token alone does not suffice. */
  const roomFor = (
    actor: Actor,
    revocation: Revocation,
    identityKey: string,
    signatureKey: string,
    at: number,
  ): NonNullable<DeviceRequest['revocation']> => {
    checkStatement(revocation, actor, identityKey)
    const names = revocation.kept.some((one) => one.deviceId === actor.deviceId && one.signatureKey === signatureKey)
    if (revocation.by !== null || !names)
      throw new ProtocolError('bad_statement', undefined, { details: { reason: 'not for this device' } })
    return {
      deviceIds: revocation.revoked,
      at,
      notice: (deviceId) => tell(actor.userId, { type: 'RevokeDevice', actor, at, deviceId }),
      statement: JSON.stringify(revocation),
      isWhole: leavesWhole(identityKey, undefined),
    }
  }

  return {
    list: async (userId) => {
      const { account, devices } = await standingOf(userId)
      const active = devices.filter(({ revokedAt }) => revokedAt === null)
      const statements = readStatements(await store.statements(userId))
      return { identityKey: account.identityKey, devices: active, statements }
    },
    room: async (userId) => {
      const record = await store.recovery(userId)
      return { limit: settings.maxDevices, recovery: record !== undefined, recoveryNumber: record?.number ?? 0 }
    },
    register: async (actor, device) => {
      const { userId, deviceId } = actor
      const at = now()
      const { account, devices } = await standingOf(userId)
      const identityKey = device.identityKey ?? account.identityKey
      const { signatureKey, certificate, name = null, chain = [] } = device
      if (identityKey === null || !isCertified(actor, device, identityKey)) throw new ProtocolError('bad_certificate')
      const isKnown = devices.some((one) => one.deviceId === deviceId && one.signatureKey === signatureKey)
      if (!isKnown) await limits.take(limitOf(userId, device))
      const vouched = chain.length > 0 ? { chain } : {}
      const keys = { signatureKey, certificate, ...vouched }
      const answer = await store.addDevice({
        device: { userId, deviceId, name, ...keys, addedAt: at },
        identityKey,
        limit: settings.maxDevices,
        mayCome: mayComeBy({ userId, deviceId, identityKey, ...keys }, signatureKey),
        ...(device.revocation && { revocation: roomFor(actor, device.revocation, identityKey, signatureKey, at) }),
        notice: tell(userId, { type: 'AddDevice', actor, at, deviceId, identityKey, ...keys }),
      })
      standings.forget(userId)
      if (answer !== 'added' && answer !== 'repeated') throw new ProtocolError(refusals[answer])
      if (answer === 'added') for (const one of device.revocation?.revoked ?? []) signOut(userId, 'revoked', one)
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
