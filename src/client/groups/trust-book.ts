import { z } from 'zod'
import type { DeviceCredential } from '../../protocol/device-credential.ts'
import {
  confirmIdentity,
  noteOffer,
  noteSeen,
  type Pin,
  type PinChange,
  type Pins,
  type TrustNotice,
} from '../e2ee/trust.ts'
import type { StoreChange } from '../store.ts'

const pin = z.object({
  identityKey: z.string(),
  verified: z.boolean(),
  devices: z.array(z.string()),
  offered: z.string().optional(),
})

export interface Noted {
  readonly changes: readonly StoreChange[]
  readonly notices: readonly TrustNotice[]
}

/** Whom this device believes: one pinned identity key a user. */
export interface TrustBook {
  pins(): Pins
  /** What an operation saw, once it has succeeded. */
  see(seen: readonly DeviceCredential[]): Noted
  offered(userId: string, identityKey: string): Noted
  confirm(userId: string, identityKey: string, verified: boolean): readonly StoreChange[]
}

const toPin = ({ offered, ...rest }: z.output<typeof pin>): Pin => ({
  ...rest,
  ...(offered !== undefined && { offered }),
})

export const loadTrust = (stored: ReadonlyMap<string, unknown>): TrustBook => {
  let pins: Pins = new Map(
    [...stored].flatMap(([key, value]) => (key.startsWith('pin/') ? [[key.slice(4), toPin(pin.parse(value))]] : [])),
  )
  const become = (next: Pins): readonly StoreChange[] => {
    const before = pins
    pins = next
    return [...next].flatMap(([user, value]) => (before.get(user) === value ? [] : [{ key: `pin/${user}`, value }]))
  }
  const noted = ({ pins: next, notices }: PinChange): Noted => ({ changes: become(next), notices })
  return {
    pins: () => pins,
    see: (seen) => noted(noteSeen(pins, seen)),
    offered: (userId, identityKey) => noted(noteOffer(pins, userId, identityKey)),
    confirm: (userId, identityKey, verified) => become(confirmIdentity(pins, userId, identityKey, verified)),
  }
}
