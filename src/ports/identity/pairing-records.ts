/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { Time } from '../time.ts'

export interface Pairing {
  readonly pairingId: string
  readonly userId: string
  /** The device that asks to be approved. */
  readonly deviceId: string
  readonly createdAt: Time
  readonly expiresAt: Time
}

export interface PairingMessage {
  /** From 1, without holes. */
  readonly number: number
  readonly deviceId: string
  /** Base64, opaque. */
  readonly payload: string
  readonly at: Time
}

export interface PairingRecords {
  /** False when the user has `limit` open ones. */
  openPairing(pairing: Pairing, limit: number): Promise<boolean>
  /** Open ones of the user, oldest first. */
  pairings(userId: string, now: Time): Promise<readonly Pairing[]>
  /** Its number; undefined when the pairing is unknown, expired or has `limit` messages. */
  addPairingMessage(
    pairingId: string,
    message: Omit<PairingMessage, 'number'>,
    limit: number,
  ): Promise<number | undefined>
  pairingMessages(pairingId: string, after: number): Promise<readonly PairingMessage[]>
}
