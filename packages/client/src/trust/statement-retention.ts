import type { IdentityStatement, Revocation, Succession } from '@backscroll/protocol/identity-statements'
import type { Pin } from './identity-pins.ts'
import { heirsOf } from './identity-succession.ts'

/** For one user. Each kind has its own space, so that none crowds out another. */
const mostRevocations = 256
/** Successions from older keys, which anybody can forge: the first of them stay, the others replace each other. */
const mostBefore = 32
const steadyBefore = 16
/**
 * Successions from the pinned key on, which only the holders of the keys can make: a server accepts no more for one
 * user.
 */
const mostAhead = 32

/** The signers, from the identity key on: each vouches for the next. */
const signersOf = ({ identityKey, by }: Revocation): readonly string[] => {
  const devices = by === null ? [] : [...(by.chain ?? []), by]
  return [identityKey, ...devices.map(({ deviceId, signatureKey }) => `${deviceId} ${signatureKey}`)]
}
const namesOf = ({ revoked, kept }: Revocation): readonly string[] => [
  ...revoked.map((deviceId) => JSON.stringify([deviceId])),
  ...kept.map(({ deviceId, signatureKey }) => JSON.stringify([deviceId, signatureKey])),
]

export const revocationsIn = (statements: readonly IdentityStatement[]): readonly Revocation[] =>
  statements.filter((one): one is Revocation => one.type === 'revocation')

/** Its signer was revoked, and everything it said before was kept. */
const addsNothing = (known: readonly Revocation[], one: Revocation): boolean => {
  const signer = signersOf(one).join()
  const said = new Set(known.filter((other) => signersOf(other).join() === signer).flatMap(namesOf))
  return namesOf(one).every((name) => said.has(name))
}

/** A statement of the signer against itself would be missed most. */
const lastOf = (own: readonly Revocation[]): Revocation | undefined =>
  own.findLast(({ revoked, by }) => by !== null && !revoked.includes(by.deviceId)) ?? own.at(-1)

const sizeOf = ([signer, said]: readonly [string, readonly Revocation[]]): number =>
  said.length * 2 + (signer === '' ? 0 : 1)

/** `Map.groupBy`, which neither Node 20 nor Safari 17.0 has. */
const bySigner = (revocations: readonly Revocation[], depth: number): ReadonlyMap<string, readonly Revocation[]> => {
  const groups = new Map<string, Revocation[]>()
  for (const one of revocations) {
    const signer = signersOf(one)[depth] ?? ''
    const group = groups.get(signer)
    if (group === undefined) groups.set(signer, [one])
    else group.push(one)
  }
  return groups
}

/**
 * Chooses what to drop when there are too many: a statement of the signer that says most, counted with all devices
 * that it vouched for. So the signer's own voucher, and everybody else, is still heard, however many devices a
 * thief invents.
 */
const leastMissed = (revocations: readonly Revocation[], depth: number): Revocation | undefined => {
  const [largest] = [...bySigner(revocations, depth)].sort((one, other) => sizeOf(other) - sizeOf(one))
  if (largest === undefined) return undefined
  const [signer, said] = largest
  return signer === '' ? lastOf(said) : leastMissed(said, depth + 1)
}

/** The same list where it says nothing new, or where its signer has said too much. */
export const withRevocation = (
  statements: readonly IdentityStatement[],
  one: Revocation,
): readonly IdentityStatement[] => {
  const known = revocationsIn(statements)
  if (addsNothing(known, one)) return statements
  if (known.length < mostRevocations) return [...statements, one]
  const gone = leastMissed([...known, one], 0)
  return gone === one ? statements : [...statements.filter((other) => other !== gone), one]
}

type Followed = Pick<Pin, 'identityKey' | 'statements'>

const without = (statements: readonly IdentityStatement[], gone: IdentityStatement | undefined) =>
  gone === undefined ? statements : statements.filter((other) => other !== gone)

/** The statements of keys that are older than the pinned one. */
const before = (pin: Followed): readonly IdentityStatement[] => {
  const ahead = new Set<IdentityStatement>(heirsOf(pin))
  return (pin.statements ?? []).filter((one) => one.type === 'succession' && !ahead.has(one))
}

/**
 * By the newest key that is known. At the front: what this device has followed by itself goes last. The same list
 * while a person has to decide on as many waiting keys.
 */
export const withSuccessor = (pin: Followed, one: Succession): readonly IdentityStatement[] => {
  const { statements = [] } = pin
  if (heirsOf(pin).length >= mostAhead) return statements
  const older = before(pin)
  return [one, ...without(statements, older.length < mostBefore ? undefined : older.at(-1))]
}

/** How an older key came to a known one. */
export const withPredecessor = (pin: Followed, one: Succession): readonly IdentityStatement[] => {
  const older = before(pin)
  const gone = older.length < mostBefore ? undefined : older[steadyBefore]
  return [...without(pin.statements ?? [], gone), one]
}
