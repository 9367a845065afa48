import type { IdentityStatement, Succession } from '@backscroll/protocol/identity-statements'
import { type Pin, type Pins, withPin } from './identity-pins.ts'
import { heirOf } from './identity-succession.ts'
import { revocationsIn, withPredecessor, withRevocation, withSuccessor } from './statement-retention.ts'
import { identityChanged, type PinChange, type TrustNotice } from './trust-notices.ts'

/** For one user who was never seen, and for all such users together. */
const mostUnmet = 256
const mostOfUnmet = 4_096
/** How many keys in a row are followed, in whatever order the statements arrive. */
const mostPasses = 64

const isSame = (one: IdentityStatement) => (other: IdentityStatement) => one.signature === other.signature

/** The new key has certified every device that stays: what an unknown key says about itself can do no harm. */
const leadsHere = (pin: Pin, { identityKey, successor }: Succession): boolean => {
  const known = (pin.statements ?? []).filter((one): one is Succession => one.type === 'succession')
  const ours = new Set([pin.identityKey, ...known.map((one) => one.identityKey)])
  return ours.has(successor) && !ours.has(identityKey)
}

/** The first statement of the newest key about its successor, or how an older key came to the pinned one. */
const withSuccession = (pin: Pin, known: readonly IdentityStatement[], one: Succession) => {
  const heir = heirOf(pin)
  if (one.identityKey !== heir) return leadsHere(pin, one) ? withPredecessor(pin, one) : known
  const statements = withSuccessor(pin, one)
  return heirOf({ ...pin, statements }) === heir ? known : statements
}

/** Returns the same pin for a statement that does not concern its key, or says nothing new. */
const take = (pin: Pin, one: IdentityStatement): Pin => {
  const known = pin.statements ?? []
  if (one.type === 'revocation' && ![pin.identityKey, heirOf(pin)].includes(one.identityKey)) return pin
  const statements = one.type === 'succession' ? withSuccession(pin, known, one) : withRevocation(known, one)
  return statements === known ? pin : { ...pin, statements }
}

/** The pin with those statements that concern it. One may make another concern it. */
export const learn = (pin: Pin, statements: readonly IdentityStatement[]): Pin => {
  let next = pin
  let open = statements.filter((one) => !(pin.statements ?? []).some(isSame(one)))
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const left = open.filter((one) => {
      const before = next
      next = take(before, one)
      return next === before
    })
    if (left.length === open.length) break
    open = left
  }
  return next
}

/** An unverified pin follows; a verified one waits for the person. */
const followSuccession = (
  userId: string,
  before: Pin,
  pin: Pin,
): { readonly pin: Pin; readonly notices: TrustNotice[] } => {
  const heir = heirOf(pin)
  if (heir === heirOf(before)) return { pin, notices: [] }
  const isDeclined = pin.declined?.includes(heir) === true
  if (isDeclined) return { pin, notices: [] }
  const followed = !pin.verified
  const { offered: _offered, ...rest } = pin
  const next = followed ? { ...rest, identityKey: heir, verified: false } : { ...pin, offered: heir }
  return { pin: next, notices: [identityChanged(userId, before, heir, { signed: true, followed })] }
}

const revokedIn = (statements: readonly IdentityStatement[] = []): readonly string[] =>
  revocationsIn(statements).flatMap(({ revoked }) => revoked)

/** Limits the number of users whom this device has never met: those heard of last are kept. */
const bounded = (pins: ReadonlyMap<string, Pin>): Pins => {
  const unmet = [...pins].filter(([, pin]) => pin.unmet)
  let total = 0
  const kept = new Set<string>()
  for (const [userId, { statements = [] }] of unmet.reverse()) {
    total += statements.length
    if (total <= mostOfUnmet) kept.add(userId)
  }
  return unmet.length === kept.size ? pins : new Map([...pins].filter(([id, pin]) => !pin.unmet || kept.has(id)))
}

/** The newest first: earlier statements keep nothing out. */
const hear = (pins: Pins, userId: string, statements: readonly IdentityStatement[]): PinChange => {
  const heard = pins.get(userId)?.statements ?? []
  const news = statements.filter((one) => !heard.some(isSame(one)))
  if (news.length === 0) return { pins, notices: [] }
  const said = [...news, ...heard].slice(0, mostUnmet)
  const next = new Map(pins)
  next.delete(userId)
  next.set(userId, { identityKey: '', verified: false, devices: [], statements: said, unmet: true })
  return { pins: bounded(next), notices: [] }
}

/**
 * Records what a user has stated, wherever it came from. Its signatures must have been checked; statements that do
 * not concern the pinned key are ignored.
 */
export const noteStatements = (pins: Pins, userId: string, statements: readonly IdentityStatement[]): PinChange => {
  const before = pins.get(userId)
  if (before === undefined || before.unmet) return hear(pins, userId, statements)
  const learned = learn(before, statements)
  if (learned === before) return { pins, notices: [] }
  const { pin, notices } = followSuccession(userId, before, learned)
  const known = new Set(revokedIn(before.statements))
  const devices = [...new Set(revokedIn(learned.statements))].filter((device) => !known.has(device))
  const revoked: readonly TrustNotice[] = devices.length > 0 ? [{ type: 'devices_revoked', userId, devices }] : []
  return { pins: withPin(pins, userId, pin), notices: [...revoked, ...notices] }
}
