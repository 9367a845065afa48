/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { Time } from '../time.ts'
import type { Notice } from './notices.ts'

export interface Pairing {
  readonly pairingId: string
  readonly userId: string
  /** The device that asks to be approved. */
  readonly deviceId: string
  readonly createdAt: Time
  readonly expiresAt: Time
}

export interface PairingMessage {
  /** From 1, without gaps. */
  readonly number: number
  readonly deviceId: string
  /** Base64, opaque. */
  readonly payload: string
  readonly at: Time
}

export interface PairingRecords {
  /** False when the user has `limit` open pairings; then nothing is told. */
  openPairing(pairing: Pairing, limit: number, notice?: Notice): Promise<boolean>
  /** Ends one of the user's pairings, with its messages. False when it is gone already; then nothing is told. */
  closePairing(userId: string, pairingId: string, notice: Notice): Promise<boolean>
  /** The user's open pairings, oldest first. */
  pairings(userId: string, now: Time): Promise<readonly Pairing[]>
  /** The message's number; undefined when the pairing is unknown, has expired, or has `limit` messages. */
  addPairingMessage(
    pairingId: string,
    message: Omit<PairingMessage, 'number'>,
    limit: number,
  ): Promise<number | undefined>
  pairingMessages(pairingId: string, after: number): Promise<readonly PairingMessage[]>
}
