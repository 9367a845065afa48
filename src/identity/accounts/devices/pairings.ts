import { randomBytes } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Actor } from '../../../domain/ids.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { Pairing, PairingMessage } from '../../../ports/identity/pairing-records.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { perHour } from '../rate-limiter.ts'

/**
 * How an existing device approves a new one: both belong to the same user, and talk over a relay that understands
 * nothing. What the person compares (a code, a QR picture) proves that no server sits between them; the server sees
 * opaque messages that expire.
 */
export interface Pairings {
  /** Created by the new device. The id cannot be guessed, so a caller who shows it was told it. */
  open(actor: Actor): Promise<Pairing>
  list(userId: string): Promise<readonly Pairing[]>
  /** Answers the message's number. `not_found` when the pairing is unknown, another user's, expired or full. */
  send(actor: Actor, pairingId: string, payload: string): Promise<number>
  /**
   * Ends it: the device that waits gets `not_found`. By one of the user's own devices, or by the one that asks, which
   * gives up; another gets `forbidden`.
   */
  refuse(actor: Actor, pairingId: string): Promise<void>
  read(userId: string, pairingId: string, after: number): Promise<readonly PairingMessage[]>
}

const lifetimeMs = 10 * 60_000
const mostOpen = 5
/** Each is two events for ever. */
const openedPerHour = 10
const mostMessages = 32

export const createPairings = ({ store, standings, announcer, limits, newId, now }: AccountDeps): Pairings => {
  const mustBeOpen = async (userId: string, pairingId: string): Promise<Pairing> => {
    const open = await store.pairings(userId, now())
    const found = open.find((pairing) => pairing.pairingId === pairingId)
    if (found === undefined) throw new ProtocolError('not_found')
    return found
  }
  const tell = (userId: string, command: Notice['command']): Notice => ({ id: newId(), userId, command })
  const isOwn = async ({ userId, deviceId }: Actor): Promise<boolean> =>
    (await standings.fresh(userId)).devices.some((one) => one.deviceId === deviceId && one.revokedAt === null)

  return {
    open: async ({ userId, deviceId }) => {
      await limits.take(perHour(`pairings ${userId}`, openedPerHour))
      const createdAt = now()
      const pairingId = randomBytes(16).toString('base64url')
      const pairing = { pairingId, userId, deviceId, createdAt, expiresAt: createdAt + lifetimeMs }
      const asked = { deviceId, pairingId, expiresAt: pairing.expiresAt }
      const notice = tell(userId, { type: 'RequestApproval', actor: { userId, deviceId }, at: createdAt, ...asked })
      if (!(await store.openPairing(pairing, mostOpen, notice)))
        throw new ProtocolError('rate_limited', undefined, { retryAfterMs: lifetimeMs })
      await announcer.flush()
      return pairing
    },
    list: (userId) => store.pairings(userId, now()),
    send: async ({ userId, deviceId }, pairingId, payload) => {
      await mustBeOpen(userId, pairingId)
      const number = await store.addPairingMessage(pairingId, { deviceId, payload, at: now() }, mostMessages)
      if (number === undefined) throw new ProtocolError('not_found')
      return number
    },
    refuse: async (actor, pairingId) => {
      const { deviceId } = await mustBeOpen(actor.userId, pairingId)
      if (deviceId !== actor.deviceId && !(await isOwn(actor))) throw new ProtocolError('forbidden')
      const notice = tell(actor.userId, { type: 'RefuseApproval', actor, at: now(), deviceId, pairingId })
      if (!(await store.closePairing(actor.userId, pairingId, notice))) throw new ProtocolError('not_found')
      await announcer.flush()
    },
    read: async (userId, pairingId, after) => {
      await mustBeOpen(userId, pairingId)
      return store.pairingMessages(pairingId, after)
    },
  }
}
