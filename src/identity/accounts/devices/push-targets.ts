import { createHash, createPublicKey } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { PushOffer, PushPreferences, PushTarget } from '@backscroll/protocol/rest/push'
import type { Actor } from '../../../domain/ids.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { perHour } from '../rate-limiter.ts'
import { sealPushTarget } from './sealed-push-target.ts'

/** Where devices are woken, and when their users want no wake-ups. */
export interface PushTargets {
  offer(): Promise<PushOffer>
  /**
   * Sets the target of the actor's own device. Repeating it keeps the target from expiring. Rejects with
   * `push_unavailable`, with `invalid` for a target that cannot be used, with `rate_limited`, and with
   * `not_found` if the device no longer exists.
   */
  register(actor: Actor, target: PushTarget): Promise<void>
  unregister(actor: Actor): Promise<void>
  preferences(userId: string): Promise<PushPreferences>
  change(userId: string, preferences: PushPreferences): Promise<PushPreferences>
}

/** Enough for many devices that register twice an hour. */
const changesPerHour = 120

const addressOf = (target: PushTarget): string => (target.kind === 'fcm' ? target.token : target.endpoint)

const hashOf = (target: PushTarget): string =>
  createHash('sha256')
    .update(`${target.kind}:${addressOf(target)}`)
    .digest('base64url')

const isPointOnCurve = (p256dh: string): boolean => {
  const bytes = Buffer.from(p256dh, 'base64url')
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => part.toString('base64url'))
  if (bytes[0] !== 4 || x === undefined || y === undefined) return false
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

const invalid = (field: string): ProtocolError =>
  new ProtocolError('invalid', `${field} cannot be used here`, { details: { field } })

type Deps = Pick<AccountDeps, 'store' | 'sealer' | 'limits' | 'now' | 'push'>

export const createPushTargets = ({ store, sealer, limits, now, push }: Deps): PushTargets => {
  const requireUsable = async (target: PushTarget): Promise<void> => {
    const isServed = target.kind === 'fcm' ? push.fcm : (await push.vapidKey()) !== undefined
    if (!isServed) throw new ProtocolError('push_unavailable')
    if (target.kind === 'fcm') return
    if (push.allowed.judge(target.endpoint) === undefined) throw invalid('endpoint')
    if (!isPointOnCurve(target.keys.p256dh)) throw invalid('keys.p256dh')
  }
  return {
    offer: async () => ({ fcm: push.fcm, vapidKey: (await push.vapidKey()) ?? null }),
    register: async (actor, target) => {
      const { userId, deviceId } = actor
      await requireUsable(target)
      await limits.take(perHour(`push targets of ${userId}`, changesPerHour))
      const sealed = await sealPushTarget(sealer, actor, target)
      const registration = { kind: target.kind, target: sealed, hash: hashOf(target), at: now() }
      if (!(await store.registerPush({ userId, deviceId, ...registration }))) throw new ProtocolError('not_found')
    },
    unregister: ({ userId, deviceId }) => store.unregisterPush(userId, deviceId),
    preferences: (userId) => store.pushPreferences(userId),
    change: async (userId, preferences) => {
      await limits.take(perHour(`push preferences of ${userId}`, changesPerHour))
      await store.savePushPreferences(userId, preferences)
      return preferences
    },
  }
}
