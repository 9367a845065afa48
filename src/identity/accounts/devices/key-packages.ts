import { ProtocolError } from '@backscroll/protocol/errors'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import type { Actor } from '../../../domain/ids.ts'
import type { Claim, KeyPackageCount, StoredKeyPackage } from '../../../ports/identity/key-directory.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { createClaimLimits } from './claim-limits.ts'
import { checkKeyPackage } from './key-package-check.ts'
import { readStatements } from './standing-devices.ts'

export interface OfferedKeyPackages {
  /** Each an MLSMessage that holds a KeyPackage, base64. */
  readonly keyPackages: readonly string[]
  /** Handed out, again and again, when no one-time package is left. */
  readonly lastResort?: string
}

export interface KeyPackages {
  /**
   * Publishes packages of the actor's own device. Rejects with `bad_key_package` (details: index, reason),
   * `key_packages_full`, `not_found`.
   */
  publish(actor: Actor, offered: OfferedKeyPackages): Promise<KeyPackageCount>
  count(userId: string, deviceId: string): Promise<KeyPackageCount>
  /** [E2] Rejects with `not_found`, `rate_limited`, and `invalid` for a claim id that was used for another user. */
  claim(actor: Actor, userId: string, claimId: string): Promise<Claim>
  /** What the user has signed about devices: whoever adds one must know it. */
  statements(userId: string): Promise<readonly IdentityStatement[]>
}

/** How many one-time packages may wait for a device. */
const mostWaiting = 500

const refused = (index: number | 'lastResort', reason: string): ProtocolError =>
  new ProtocolError('bad_key_package', undefined, { details: { index, reason } })

export const createKeyPackages = ({ store, standings, settings, limits, now }: AccountDeps): KeyPackages => {
  const claims = createClaimLimits({ burst: settings.claimBurst, everyMs: settings.claimEveryMs }, limits)

  /** Checks one package after the other against what the device registered. */
  const checkerOf = async ({ userId, deviceId }: Actor) => {
    const { account, devices } = await standings.fresh(userId)
    const device = devices.find((one) => one.deviceId === deviceId && one.revokedAt === null)
    if (device === undefined || typeof account?.identityKey !== 'string') throw new ProtocolError('not_found')
    const { identityKey } = account
    return (text: string, index: number | 'lastResort'): StoredKeyPackage => {
      const verdict = checkKeyPackage(Buffer.from(text, 'base64'), device, identityKey, index === 'lastResort', now())
      if (verdict.kind === 'bad') throw refused(index, verdict.fault)
      return verdict.stored
    }
  }

  const earlier = async (actor: Actor, userId: string, claimId: string): Promise<Claim | undefined> => {
    const found = await store.claimed(actor.userId, claimId)
    if (found === undefined) return undefined
    if (found.userId !== userId)
      throw new ProtocolError('invalid', undefined, {
        details: { in: 'body', field: 'claimId', reason: 'was used for another user' },
      })
    return { packages: found.packages, without: found.without }
  }

  return {
    publish: async (actor, { keyPackages, lastResort }) => {
      const check = await checkerOf(actor)
      const stored = keyPackages.map((text, index) => check(text, index))
      if (lastResort !== undefined) stored.push(check(lastResort, 'lastResort'))
      const answer = await store.addKeyPackages(actor.userId, actor.deviceId, stored, mostWaiting, now())
      if (answer === 'full') throw new ProtocolError('key_packages_full')
      if (answer === 'no_device') throw new ProtocolError('not_found')
      return answer
    },
    count: (userId, deviceId) => store.countKeyPackages(userId, deviceId, now()),
    statements: async (userId) => readStatements(await store.statements(userId)),
    claim: async (actor, userId, claimId) => {
      const before = await earlier(actor, userId, claimId)
      if (before !== undefined) return before
      const kind = await claims.take(actor.userId, userId)
      const except = userId === actor.userId ? actor.deviceId : undefined
      const claim = await store.claim({ claimantId: actor.userId, claimId, userId, except, kind, now: now() })
      if (claim === undefined) throw new ProtocolError('not_found')
      return claim
    },
  }
}
