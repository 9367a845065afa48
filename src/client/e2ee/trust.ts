import type { DeviceCredential } from '../../protocol/device-credential.ts'
import { standingOf, type TrustedIdentity } from '../../protocol/device-standing.ts'
import type { IdentityStatement, Revocation, Succession } from '../../protocol/identity-statements.ts'

/** What this device knows about a user's identity. A value: store it as JSON. */
export interface Pin {
  /** Base64. The first one seen, or the one that a person accepted since, or one that an unverified one has handed over to. */
  readonly identityKey: string
  /** A person has compared safety numbers for this key. */
  readonly verified: boolean
  /** The user's devices that were seen so far. */
  readonly devices: readonly string[]
  /** Another key that was offered since and is not trusted. */
  readonly offered?: string
  /** Keys that a person has declined: refused, and not offered again. */
  readonly declined?: readonly string[]
  /** Keys that were trusted before a person accepted another one: what they certified has to leave every group. */
  readonly left?: readonly string[]
  /** What was said in the name of the pinned key, of its predecessors, and of keys that it has handed over to. Their signatures are good. */
  readonly statements?: readonly IdentityStatement[]
  /** Only statements were heard so far: the first key that is seen is pinned. Never stored. */
  readonly unmet?: true
}

export type Pins = ReadonlyMap<string, Pin>

/** To be shown to people: a server that adds a device cannot do it in silence. */
export type TrustNotice =
  | { readonly type: 'user_seen'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'device_added'; readonly userId: string; readonly deviceId: string; readonly verified: boolean }
  | { readonly type: 'devices_revoked'; readonly userId: string; readonly devices: readonly string[] }
  | IdentityChanged

export interface IdentityChanged {
  readonly type: 'identity_changed'
  readonly userId: string
  /** A person had compared safety numbers for the key before. */
  readonly verified: boolean
  readonly identityKey: string
  readonly offered: string
  /** The key before has signed that this one follows it. */
  readonly signed: boolean
  /** The new key is trusted already. Else nothing is sent until a person accepts it. */
  readonly followed: boolean
}

export interface PinChange {
  readonly pins: Pins
  readonly notices: readonly TrustNotice[]
}

/** What of a credential is pinned. */
export type SeenDevice = Pick<DeviceCredential, 'userId' | 'deviceId' | 'identityKey'>

/** Of one user; so many devices are not revoked in a life. */
const mostStatements = 256

const withPin = (pins: Pins, userId: string, pin: Pin): Pins => new Map(pins).set(userId, pin)

const newDevice = (pins: Pins, pin: Pin, { userId, deviceId }: SeenDevice): PinChange => ({
  pins: withPin(pins, userId, { ...pin, devices: [...pin.devices, deviceId] }),
  notices: [{ type: 'device_added', userId, deviceId, verified: pin.verified }],
})

const successorOf = (key: string, statements: readonly IdentityStatement[] = []): Succession | undefined =>
  statements.find((one): one is Succession => one.type === 'succession' && one.identityKey === key)

/** Where the pinned key has handed over to, in however many steps; itself if it did not. */
export const heirOf = ({ identityKey, statements = [] }: Pin): string => {
  const seen = new Set([identityKey])
  let key = identityKey
  for (let next = successorOf(key, statements); next !== undefined; next = successorOf(key, statements)) {
    if (seen.has(next.successor)) return key
    key = next.successor
    seen.add(key)
  }
  return key
}

const isPredecessor = (pin: Pin, key: string): boolean =>
  heirOf({ ...pin, identityKey: key }) === heirOf(pin) && key !== pin.identityKey && key !== heirOf(pin)

/** Notes a key that differs from the pinned one. It stays untrusted until a person accepts it; the same offer is noticed once. */
export const noteOffer = (pins: Pins, userId: string, identityKey: string): PinChange => {
  const pin = pins.get(userId)
  const isKnown =
    pin === undefined ||
    [pin.identityKey, pin.offered, ...(pin.declined ?? [])].includes(identityKey) ||
    isPredecessor(pin, identityKey)
  if (isKnown) return { pins, notices: [] }
  return {
    pins: withPin(pins, userId, { ...pin, offered: identityKey }),
    notices: [changed(userId, pin, identityKey, { signed: false, followed: false })],
  }
}

const changed = (
  userId: string,
  { verified, identityKey }: Pin,
  offered: string,
  how: Pick<IdentityChanged, 'signed' | 'followed'>,
): TrustNotice => ({ type: 'identity_changed', userId, verified, identityKey, offered, ...how })

const isSame = (one: IdentityStatement) => (other: IdentityStatement) => one.signature === other.signature

/** The new key has certified every device that is kept: what an unknown key says about itself can do no harm. */
const leadsHere = (pin: Pin, { identityKey, successor }: Succession): boolean => {
  const known = (pin.statements ?? []).filter((one): one is Succession => one.type === 'succession')
  const ours = new Set([pin.identityKey, ...known.map((one) => one.identityKey)])
  return ours.has(successor) && !ours.has(identityKey)
}

/** A revocation of a key that counts, the first word of the newest key about who follows it, or how an older one came to the pinned one. */
const concerns = (pin: Pin, statement: IdentityStatement): boolean => {
  const known = pin.statements ?? []
  if (known.length >= mostStatements || known.some(isSame(statement))) return false
  if (statement.type === 'succession')
    return (statement.identityKey === heirOf(pin) && statement.successor !== heirOf(pin)) || leadsHere(pin, statement)
  return statement.identityKey === pin.identityKey || statement.identityKey === heirOf(pin)
}

const learn = (pin: Pin, statements: readonly IdentityStatement[]): Pin => {
  let next = pin
  for (let found = true; found; ) {
    const news = statements.find((one) => concerns(next, one))
    if (news !== undefined) next = { ...next, statements: [...(next.statements ?? []), news] }
    found = news !== undefined
  }
  return next
}

/** Where the key that is seen has been handed over already, as far as was heard, its heir is pinned. */
const firstSight = (pins: Pins, { userId, deviceId, identityKey }: SeenDevice): PinChange => {
  const met = { identityKey, verified: false, devices: [deviceId] }
  const pin = learn(met, pins.get(userId)?.statements ?? [])
  return {
    pins: withPin(pins, userId, { ...pin, identityKey: heirOf(pin) }),
    notices: [{ type: 'user_seen', userId, deviceId }],
  }
}

const noteOne = (pins: Pins, seen: SeenDevice): PinChange => {
  const pin = pins.get(seen.userId)
  if (pin === undefined || pin.unmet) return firstSight(pins, seen)
  const isTheirs = seen.identityKey === heirOf(pin) || isPredecessor(pin, seen.identityKey)
  if (pin.identityKey !== seen.identityKey && !isTheirs) return noteOffer(pins, seen.userId, seen.identityKey)
  return pin.devices.includes(seen.deviceId) ? { pins, notices: [] } : newDevice(pins, pin, seen)
}

/**
 * Trust on first use: pins new users and notes new devices. Call it with what an operation saw, after it has succeeded. A user who is
 * seen for the first time with several devices is one notice.
 */
export const noteSeen = (pins: Pins, seen: readonly SeenDevice[]): PinChange =>
  seen.reduce<PinChange>(
    (change, credential) => {
      const next = noteOne(change.pins, credential)
      const news = next.notices.filter(({ type, userId }) => type !== 'device_added' || pins.has(userId))
      return { pins: next.pins, notices: [...change.notices, ...news] }
    },
    { pins, notices: [] },
  )

/** An unverified pin follows; a verified one waits for the person. */
const handOver = (userId: string, before: Pin, pin: Pin): { readonly pin: Pin; readonly notices: TrustNotice[] } => {
  const heir = heirOf(pin)
  if (heir === heirOf(before)) return { pin, notices: [] }
  const isDeclined = pin.declined?.includes(heir) === true
  if (isDeclined) return { pin, notices: [] }
  const followed = !pin.verified
  const { offered: _offered, ...rest } = pin
  const next = followed ? { ...rest, identityKey: heir, verified: false } : { ...pin, offered: heir }
  return { pin: next, notices: [changed(userId, before, heir, { signed: true, followed })] }
}

const revokedIn = (statements: readonly IdentityStatement[] = []): readonly string[] =>
  statements.filter((one): one is Revocation => one.type === 'revocation').flatMap(({ revoked }) => revoked)

const hear = (pins: Pins, userId: string, statements: readonly IdentityStatement[]): PinChange => {
  const heard = pins.get(userId)?.statements ?? []
  const news = statements.filter((one) => !heard.some(isSame(one))).slice(0, mostStatements - heard.length)
  if (news.length === 0) return { pins, notices: [] }
  const unmet = { identityKey: '', verified: false, devices: [], statements: [...heard, ...news], unmet: true } as const
  return { pins: withPin(pins, userId, unmet), notices: [] }
}

/** What a user has said, wherever it came from. Its signatures must have been checked; what does not concern the pinned key is passed over. */
export const noteStatements = (pins: Pins, userId: string, statements: readonly IdentityStatement[]): PinChange => {
  const before = pins.get(userId)
  if (before === undefined || before.unmet) return hear(pins, userId, statements)
  const learned = learn(before, statements)
  if (learned === before) return { pins, notices: [] }
  const { pin, notices } = handOver(userId, before, learned)
  const known = new Set(revokedIn(before.statements))
  const devices = [...new Set(revokedIn(learned.statements))].filter((device) => !known.has(device))
  const revoked: readonly TrustNotice[] = devices.length > 0 ? [{ type: 'devices_revoked', userId, devices }] : []
  return { pins: withPin(pins, userId, pin), notices: [...revoked, ...notices] }
}

/** A person trusts this key from now on. `verified`: safety numbers were compared. Devices of a key that has nothing to do with it count no more. */
export const confirmIdentity = (pins: Pins, userId: string, identityKey: string, verified: boolean): Pins => {
  const pin = pins.get(userId)
  if (pin === undefined) return withPin(pins, userId, { identityKey, verified, devices: [] })
  const isTheirs = [pin.identityKey, heirOf(pin)].includes(identityKey)
  const isOpen = pin.identityKey === identityKey && pin.offered !== undefined && pin.offered !== identityKey
  const declined = (pin.declined ?? []).filter((key) => key !== identityKey)
  const left = [...new Set([...(pin.left ?? []), ...(isTheirs ? [] : [pin.identityKey, heirOf(pin)])])]
  const others = left.filter((key) => key !== identityKey)
  return withPin(pins, userId, {
    identityKey,
    verified,
    devices: isTheirs ? pin.devices : [],
    ...(isOpen && { offered: pin.offered }),
    ...(declined.length > 0 && { declined }),
    ...(others.length > 0 && { left: others }),
    ...(pin.statements && isTheirs && { statements: pin.statements }),
  })
}

/** A person does not trust the key that is offered. */
export const declineIdentity = (pins: Pins, userId: string, identityKey: string): Pins => {
  const pin = pins.get(userId)
  if (pin === undefined) return pins
  const { offered: _offered, ...rest } = pin
  return withPin(pins, userId, { ...rest, declined: [...new Set([...(pin.declined ?? []), identityKey])] })
}

const identities = new WeakMap<Pin, TrustedIdentity>()

const identityOf = (pin: Pin): TrustedIdentity => {
  const found = identities.get(pin) ?? { identityKey: heirOf(pin), statements: pin.statements ?? [] }
  identities.set(pin, found)
  return found
}

/** `other_identity`: not a key that this one comes from. `revoked`: the user has taken it back. */
export type Verdict = 'trusted' | 'revoked' | 'other_identity'

const firstVerdict = (pin: Pin | undefined, credential: DeviceCredential, signatureKey: string): Verdict => {
  if (pin === undefined) return 'trusted'
  const { statements = [] } = pin
  const trusted = { identityKey: heirOf({ ...pin, identityKey: credential.identityKey }), statements }
  return standingOf(credential, signatureKey, trusted) === 'stands' ? 'trusted' : 'revoked'
}

/** May this device speak for the user? An unknown user's may, and is pinned by what follows. `signatureKey`: base64. */
export const verdictOn = (pins: Pins, credential: DeviceCredential, signatureKey: string): Verdict => {
  const pin = pins.get(credential.userId)
  if (pin === undefined || pin.unmet) return firstVerdict(pin, credential, signatureKey)
  if (pin.declined?.includes(heirOf(pin))) return 'other_identity'
  const standing = standingOf(credential, signatureKey, identityOf(pin))
  return standing === 'stands' ? 'trusted' : standing
}

/** A verified key has handed over to another one, which nobody has accepted yet: what it says is read, and nothing is sent to it. */
export const isUnaccepted = (pins: Pins, userId: string): boolean => {
  const pin = pins.get(userId)
  return pin !== undefined && !pin.unmet && heirOf(pin) !== pin.identityKey
}
