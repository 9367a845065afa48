import type { DeviceCredential, Voucher } from './device-credential.ts'
import type { IdentityStatement, Revocation, Succession } from './identity-statements.ts'

/** A trusted identity key, and the known statements in its name, whose signatures are valid. */
export interface TrustedIdentity {
  readonly identityKey: string
  readonly statements: readonly IdentityStatement[]
  /** Devices that are known to be revoked without a statement. */
  readonly revoked?: ReadonlySet<string>
}

/**
 * `other_identity`: a key that the trusted one does not come from. `revoked`: the device, or what vouched for it,
 * no longer counts.
 */
export type DeviceStanding = 'stands' | 'revoked' | 'other_identity'

type Link = Pick<Voucher, 'deviceId' | 'signatureKey'>
type Judge = (links: readonly Link[]) => boolean

const nameOf = ({ deviceId, signatureKey }: Link): string => `${deviceId} ${signatureKey}`

/** No device may be revoked, and either its voucher stands, or it is kept. The identity key vouched for the first. */
const follow = (links: readonly Link[], gone: ReadonlySet<string>, kept: ReadonlySet<string>): boolean =>
  links.reduce((stands, link) => !gone.has(link.deviceId) && (stands || kept.has(nameOf(link))), true)

/**
 * Devices that a revocation keeps count if its signer stands: if need be by what other revocations keep, but never
 * by what it keeps itself.
 */
const createJudge = ({ identityKey, statements, revoked = new Set() }: TrustedIdentity): Judge => {
  const revocations = statements.filter(
    (one): one is Revocation => one.type === 'revocation' && one.identityKey === identityKey,
  )
  const gone = new Set([...revoked, ...revocations.flatMap((one) => one.revoked)])
  const kept = new Set<string>()
  let open = revocations
  for (let found = true; found; ) {
    const standing = open.filter(({ by }) => by === null || follow([...(by.chain ?? []), by], gone, kept))
    for (const one of standing) for (const link of one.kept) kept.add(nameOf(link))
    open = open.filter((one) => !standing.includes(one))
    found = standing.length > 0
  }
  return (links) => follow(links, gone, kept)
}

const judges = new WeakMap<TrustedIdentity, Judge>()

const judgeOf = (trusted: TrustedIdentity): Judge => {
  const judge = judges.get(trusted) ?? createJudge(trusted)
  judges.set(trusted, judge)
  return judge
}

/** From an older key to the trusted one, in order; undefined when none leads there. */
const successionsBetween = (
  from: string,
  to: string,
  statements: readonly IdentityStatement[],
): readonly Succession[] | undefined => {
  const path: Succession[] = []
  for (let key = from; key !== to; ) {
    const next = statements.find((one): one is Succession => one.type === 'succession' && one.identityKey === key)
    if (next === undefined || path.includes(next)) return undefined
    path.push(next)
    key = next.successor
  }
  return path
}

/** Does the device count? Its own signatures must have been verified. */
export const standingOf = (
  credential: Omit<DeviceCredential, 'certificate' | 'userId'>,
  signatureKey: string,
  trusted: TrustedIdentity,
): DeviceStanding => {
  const { deviceId, identityKey, chain = [] } = credential
  const self = { deviceId, signatureKey }
  const path = successionsBetween(identityKey, trusted.identityKey, trusted.statements)
  if (path === undefined) return 'other_identity'
  if (!path.every(({ kept }) => kept.some((one) => nameOf(one) === nameOf(self)))) return 'revoked'
  // A succession keeps only the device itself, not what it depended on.
  const links = path.length > 0 ? [self] : [...chain, self]
  return judgeOf(trusted)(links) ? 'stands' : 'revoked'
}
