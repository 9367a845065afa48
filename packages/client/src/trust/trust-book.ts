import { type IdentityStatement, identityStatement } from '@backscroll/protocol/identity-statements'
import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'
import { type IdentityOwner, safetyNumber } from './identity-key.ts'
import { confirmIdentity, declineIdentity, noteOffer } from './identity-offers.ts'
import type { Pin, Pins, SeenDevice } from './identity-pins.ts'
import { introduceIdentity } from './introduced-identity.ts'
import { noteStatements } from './received-statements.ts'
import { isGenuine } from './signed-statements.ts'
import type { PinChange, TrustNotice } from './trust-notices.ts'
import { noteSeen } from './trust-on-first-use.ts'

const pin = z.object({
  identityKey: z.string(),
  verified: z.boolean(),
  devices: z.array(z.string()),
  keys: z.array(z.object({ deviceId: z.string(), signatureKey: z.string() })).optional(),
  offered: z.string().optional(),
  declined: z.array(z.string()).optional(),
  left: z.array(z.string()).optional(),
  statements: z.array(identityStatement).optional(),
})

/** For people: a changed key comes with the safety numbers of both keys. */
export type ShownNotice = TrustNotice & {
  readonly safetyNumbers?: { readonly pinned: string; readonly offered: string }
}

export interface Noted {
  readonly changes: readonly StoreChange[]
  readonly notices: readonly ShownNotice[]
}

/** This device's trust: one pinned identity key for each user. */
export interface TrustBook {
  pins(): Pins
  /** Records what an operation saw, once it has succeeded. */
  see(seen: readonly SeenDevice[]): Noted
  offered(userId: string, identityKey: string): Noted
  /** A key that came from the person by another way than the server. */
  introduce(userId: string, identityKey: string): Noted
  /** Records what a user has stated, wherever it came from: forgeries are ignored. */
  hear(userId: string, statements: readonly IdentityStatement[]): Promise<Noted>
  confirm(userId: string, identityKey: string, verified: boolean): readonly StoreChange[]
  decline(userId: string, identityKey: string): readonly StoreChange[]
}

const toPin = ({ keys, offered, declined, left, statements, ...rest }: z.output<typeof pin>): Pin => ({
  ...rest,
  ...(keys && { keys }),
  ...(offered !== undefined && { offered }),
  ...(declined && { declined }),
  ...(left && { left }),
  ...(statements && { statements }),
})

/** Signatures are checked once. */
const remembered = 2_000

const createGenuine = () => {
  const good = new Set<string>()
  return async (statement: IdentityStatement): Promise<boolean> => {
    const text = JSON.stringify(statement)
    if (good.has(text)) return true
    if (!(await isGenuine(statement))) return false
    if (good.size >= remembered) good.clear()
    good.add(text)
    return true
  }
}

/** `me`: with the identity key, once it is known; without it no safety number is shown. */
export const loadTrust = (
  stored: ReadonlyMap<string, unknown>,
  me: () => IdentityOwner | undefined = () => undefined,
): TrustBook => {
  let pins: Pins = new Map(
    [...stored].flatMap(([key, value]) => (key.startsWith('pin/') ? [[key.slice(4), toPin(pin.parse(value))]] : [])),
  )
  const genuine = createGenuine()
  const replacePins = (next: Pins): readonly StoreChange[] => {
    const before = pins
    pins = next
    return [...next].flatMap(([user, value]) =>
      before.get(user) === value || value.unmet ? [] : [{ key: `pin/${user}`, value }],
    )
  }
  const shown = (notice: TrustNotice): ShownNotice => {
    const own = me()
    if (notice.type !== 'identity_changed' || own === undefined) return notice
    const { userId, identityKey, offered } = notice
    const numberOf = (key: string) => safetyNumber(own, { userId, identityKey: key })
    return { ...notice, safetyNumbers: { pinned: numberOf(identityKey), offered: numberOf(offered) } }
  }
  const noted = ({ pins: next, notices }: PinChange): Noted => ({
    changes: replacePins(next),
    notices: notices.map(shown),
  })
  return {
    pins: () => pins,
    see: (seen) => noted(noteSeen(pins, seen)),
    offered: (userId, identityKey) => noted(noteOffer(pins, userId, identityKey)),
    introduce: (userId, identityKey) => noted(introduceIdentity(pins, userId, identityKey)),
    hear: async (userId, statements) => {
      const theirs: IdentityStatement[] = []
      for (const one of statements) if (one.userId === userId && (await genuine(one))) theirs.push(one)
      return noted(noteStatements(pins, userId, theirs))
    },
    confirm: (userId, identityKey, verified) => replacePins(confirmIdentity(pins, userId, identityKey, verified)),
    decline: (userId, identityKey) => replacePins(declineIdentity(pins, userId, identityKey)),
  }
}
