import type { IdentityStatement, Revocation, Succession } from '../../protocol/identity-statements.ts'
import { type Pin, type Pins, withPin } from './pins.ts'
import { heirOf } from './succession.ts'
import { identityChanged, type PinChange, type TrustNotice } from './trust-notices.ts'

/** Of one user; so many devices are not revoked in a life. */
const mostStatements = 256

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

/** The pin with those statements that concern it: one may make another concern it. */
export const learn = (pin: Pin, statements: readonly IdentityStatement[]): Pin => {
  let next = pin
  for (let found = true; found; ) {
    const news = statements.find((one) => concerns(next, one))
    if (news !== undefined) next = { ...next, statements: [...(next.statements ?? []), news] }
    found = news !== undefined
  }
  return next
}

/** An unverified pin follows; a verified one waits for the person. */
const handOver = (userId: string, before: Pin, pin: Pin): { readonly pin: Pin; readonly notices: TrustNotice[] } => {
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
