import type { MlsProtection } from '../encryption/mls-protection.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { safetyNumber } from '../trust/identity-key.ts'
import type { Pin, Pins } from '../trust/identity-pins.ts'
import { heirOf } from '../trust/identity-succession.ts'

/** A key as people see it. */
export interface ShownIdentity {
  /** Base64 of the Ed25519 key. */
  readonly identityKey: string
  /** Sixty digits, the same for both people: if they compare them and they are equal, nobody sits in between. */
  readonly safetyNumber: string
}

/** What this device knows about a person's identity key: the trusted key, and others that were offered since. */
export interface KnownIdentity extends ShownIdentity {
  /** A person said that the safety numbers are equal. Never carries over to another key by itself. */
  readonly verified: boolean
  /** Another key was offered since: nothing is sent to this user until `acceptIdentity`. */
  readonly changed: boolean
  /** The offered key. `signed`: the trusted key has signed that this one follows it. */
  readonly offered: (ShownIdentity & { readonly signed: boolean }) | undefined
  /** Keys that a person has declined: refused, and not offered again. */
  readonly declined: readonly ShownIdentity[]
  readonly devices: readonly string[]
}

/**
 * The identity keys that this device trusts. `key`: the identity key or the safety number that the user saw. Any
 * other is refused with `identity_mismatch`.
 */
export interface ClientIdentities {
  /** Undefined for a user whom this device has not met yet. */
  identityOf(userId: string): KnownIdentity | undefined
  /** The two people have compared their safety numbers for the trusted key. */
  verifyIdentity(userId: string, key: string): Promise<void>
  /** From now on the offered key, or one that was declined, is trusted. `verified`: safety numbers were compared. */
  acceptIdentity(userId: string, key: string, options?: { readonly verified?: boolean }): Promise<void>
  /** The offered key is refused, now and when it is offered again. */
  declineIdentity(userId: string, key: string): Promise<void>
}

const keyNeeded = 'Name the identity key, or the safety number, that the person was shown'

const digitsOf = (text: string): string => text.replace(/\s/g, '')

type User = { readonly userId: string }

const shown = (mine: Parameters<typeof safetyNumber>[0], userId: string, identityKey: string): ShownIdentity => ({
  identityKey,
  safetyNumber: safetyNumber(mine, { userId, identityKey }),
})

/**
 * What is known about a person, according to this device's trust. `own`: the user's identity key; throws
 * `not_approved` where there is none.
 */
export const knownIdentity = (me: User, own: () => string, pins: Pins, userId: string): KnownIdentity | undefined => {
  const pin = pins.get(userId)
  if (pin === undefined || pin.unmet) return undefined
  const { identityKey, verified, offered, declined = [], devices } = pin
  const show = (key: string) => shown({ userId: me.userId, identityKey: own() }, userId, key)
  return {
    ...show(identityKey),
    verified,
    changed: offered !== undefined,
    offered: offered === undefined ? undefined : { ...show(offered), signed: heirOf(pin) === offered },
    declined: declined.map(show),
    devices,
  }
}

export const createClientIdentities = (
  me: { readonly userId: string },
  { enrolment, trust, write, comeBack }: Pick<MlsProtection, 'enrolment' | 'trust' | 'write' | 'comeBack'>,
): ClientIdentities => {
  const pinOf = (userId: string): Pin => {
    const pin = trust.pins().get(userId)
    if (pin === undefined || pin.unmet) throw new BackscrollError('not_found')
    return pin
  }
  const own = () => enrolment.device().credential.identityKey
  const show = (userId: string, key: string) => shown({ userId: me.userId, identityKey: own() }, userId, key)
  /** Which of these keys the person means. */
  const named = (userId: string, keys: readonly string[], key: string): string => {
    // Left out by code without types: the person has seen none.
    if (typeof key !== 'string') throw new BackscrollError('invalid', { message: keyNeeded, details: { field: 'key' } })
    const found = keys
      .map((one) => show(userId, one))
      .find((one) => one.identityKey === key || digitsOf(one.safetyNumber) === digitsOf(key))
    if (found === undefined) throw new BackscrollError('identity_mismatch', { details: { userId } })
    return found.identityKey
  }
  const openKeys = ({ offered, declined = [] }: Pin): readonly string[] =>
    offered === undefined ? declined : [offered, ...declined]

  return {
    identityOf: (userId) => knownIdentity(me, own, trust.pins(), userId),
    verifyIdentity: async (userId, key) =>
      write(trust.confirm(userId, named(userId, [pinOf(userId).identityKey], key), true)),
    acceptIdentity: async (userId, key, { verified = false } = {}) => {
      await write(trust.confirm(userId, named(userId, openKeys(pinOf(userId)), key), verified))
      comeBack()
    },
    declineIdentity: async (userId, key) => {
      const { offered } = pinOf(userId)
      await write(trust.decline(userId, named(userId, offered === undefined ? [] : [offered], key)))
    },
  }
}
