import { randomBytes } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Actor } from '../../../domain/ids.ts'
import type { Pairing, PairingMessage } from '../../../ports/identity/pairing-records.ts'
import type { AccountDeps } from '../accounts-deps.ts'

/**
 * How an existing device approves a new one: both belong to the same user, and talk over a relay that understands
 * nothing. What the person compares (a code, a QR picture) proves that no server sits between them; the server sees
 * opaque messages that expire.
 */
export interface Pairings {
  /** Created by the new device. Nobody can guess its id: whoever shows it was told it. */
  open(actor: Actor): Promise<Pairing>
  list(userId: string): Promise<readonly Pairing[]>
  /** Answers the message's number. `not_found` when the pairing is unknown, another user's, expired or full. */
  send(actor: Actor, pairingId: string, payload: string): Promise<number>
  read(userId: string, pairingId: string, after: number): Promise<readonly PairingMessage[]>
}

const lifetimeMs = 10 * 60_000
const mostOpen = 5
const mostMessages = 32

export const createPairings = ({ store, limits, now }: AccountDeps): Pairings => {
  const mustBeOpen = async (userId: string, pairingId: string): Promise<void> => {
    const open = await store.pairings(userId, now())
    if (!open.some((pairing) => pairing.pairingId === pairingId)) throw new ProtocolError('not_found')
  }

  return {
    open: async ({ userId, deviceId }) => {
      await limits.take({ key: `pairings ${userId}`, burst: 10, everyMs: 60_000 })
      const createdAt = now()
      const pairingId = randomBytes(16).toString('base64url')
      const pairing = { pairingId, userId, deviceId, createdAt, expiresAt: createdAt + lifetimeMs }
      if (!(await store.openPairing(pairing, mostOpen)))
        throw new ProtocolError('rate_limited', undefined, { retryAfterMs: lifetimeMs })
      return pairing
    },
    list: (userId) => store.pairings(userId, now()),
    send: async ({ userId, deviceId }, pairingId, payload) => {
      await mustBeOpen(userId, pairingId)
      const number = await store.addPairingMessage(pairingId, { deviceId, payload, at: now() }, mostMessages)
      if (number === undefined) throw new ProtocolError('not_found')
      return number
    },
    read: async (userId, pairingId, after) => {
      await mustBeOpen(userId, pairingId)
      return store.pairingMessages(pairingId, after)
    },
  }
}
