import type { GroupChange, PersonOutcome } from '../../commands/outbox-entry.ts'
import { BackscrollError, toBackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClaimedKeyPackage } from '../../mls/commits/create-commit.ts'
import { hasExpired } from '../../mls/commits/key-packages.ts'
import type { ClaimedDevices, Directory } from '../../rest/mls-directory.ts'
import { type ServerTime, toleranceMs } from '../../time/server-time.ts'

export interface Claims {
  readonly packages: readonly ClaimedKeyPackage[]
  /** Devices that have no key package, by user. */
  readonly without: ReadonlyMap<string, number>
  /** These users cannot be added: they never existed, or were erased. */
  readonly unknown: readonly string[]
}

export interface ClaimKeyPackagesDeps {
  readonly directory: Pick<Directory, 'claim'>
  readonly me: string
  readonly time: Pick<ServerTime, 'latest' | 'ahead'>
}

/**
 * A change that the SDK makes by itself, for everybody's good, goes on without users who cannot be added now: they
 * join later.
 */
const isHousekeeping = ({ type }: GroupChange): boolean => type === 'begin' || type === 'devices'

/**
 * Takes the key packages of all users whom a change adds. The same claim again gets the same packages, so a retry
 * uses up no more. Rejects with a temporary error when a user whom a person named has to be waited for.
 */
export const createClaimKeyPackages = ({ directory, me, time }: ClaimKeyPackagesDeps) => {
  const maySkip = (change: GroupChange, user: string): boolean => isHousekeeping(change) || user === me
  /** Adds nobody by an expired package, whether the server's date or this device's makes it so. */
  const claimUnexpired = async (change: GroupChange, user: string, claimId: string): Promise<ClaimedDevices> => {
    const found = await directory.claim(user, claimId)
    const packages = found.packages.filter(({ keyPackage }) => !hasExpired(keyPackage, time.latest()))
    const expired = found.packages.length - packages.length
    if (expired > 0 && packages.length === 0 && time.ahead() > toleranceMs && !maySkip(change, user))
      throw new E2eeError('clock_ahead', { userId: user, aheadMs: Math.round(time.ahead()) })
    return { ...found, packages, without: found.without + expired }
  }
  return async (
    change: GroupChange,
    users: readonly string[],
    claimIdOf: (index: number) => string,
  ): Promise<Claims> => {
    const packages: ClaimedKeyPackage[] = []
    const unknown: string[] = []
    const without = new Map<string, number>()
    for (const [index, user] of users.entries())
      try {
        const found = await claimUnexpired(change, user, claimIdOf(index))
        packages.push(...found.packages)
        without.set(user, found.without)
      } catch (thrown) {
        const { code } = toBackscrollError(thrown)
        if (code === 'not_found') unknown.push(user)
        else if (code !== 'rate_limited' || !maySkip(change, user)) throw thrown
      }
    return { packages, without, unknown }
  }
}

const nobody = (users: readonly string[]): BackscrollError =>
  new BackscrollError('not_found', { details: { users: users.join(',') } })

/** The users who remain of those that were named; throws `not_found` when none does. */
const left = (named: readonly string[], unknown: readonly string[]): string[] => {
  const known = named.filter((user) => !unknown.includes(user))
  if (named.length > 0 && known.length === 0) throw nobody(unknown)
  return known
}

/**
 * The change with only those users who can be added. Throws `not_found` (details: users) when that is none of those
 * who were named.
 */
export const withoutUnknown = (change: GroupChange, unknown: readonly string[]): GroupChange => {
  if (unknown.length === 0) return change
  if (change.type === 'add') return { ...change, userIds: left(change.userIds, unknown) }
  if (change.type !== 'start') return change
  if (change.recipientId !== undefined && unknown.includes(change.recipientId)) throw nobody([change.recipientId])
  return { ...change, members: left(change.members, unknown) }
}

/** A direct conversation with a user without devices would have no reader. */
export const requireReader = (change: GroupChange, { packages, without }: Claims, me: string): void => {
  const peer = change.type === 'start' ? change.recipientId : undefined
  if (peer === undefined || peer === me || packages.some(({ userId }) => userId === peer)) return
  throw new E2eeError('no_device', { userId: peer, devices: without.get(peer) ?? 0 })
}

const namedBy = (change: GroupChange): readonly string[] => {
  if (change.type === 'add') return change.userIds
  return change.type === 'start' ? change.members : []
}

/** The result for each user whom a command named. `before`: what an earlier try has found out. */
export const outcomesOf = (
  change: GroupChange,
  unknown: readonly string[],
  added: readonly { readonly userId: string }[],
  before: Readonly<Record<string, PersonOutcome>> = {},
): Record<string, PersonOutcome> => {
  const inside = new Set(added.map(({ userId }) => userId))
  const outcomes = namedBy(change).map((user) => [user, inside.has(user) ? 'added' : 'without_device'] as const)
  return {
    ...before,
    ...Object.fromEntries(unknown.map((user) => [user, 'unknown' as const])),
    ...Object.fromEntries(outcomes),
  }
}
