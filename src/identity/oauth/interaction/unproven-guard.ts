import { errors, Provider } from 'oidc-provider'
import type { OAuthRecord } from '../../../ports/identity/oauth-store.ts'
import type { Bucket } from '../../../ports/rate-limits.ts'
import { networkOf, siteOf } from '../../sender-address.ts'
import type { OAuthDeps } from '../oauth-deps.ts'

/** What a stranger makes the server keep before anything is proved. */
const kinds = ['Interaction', 'DeviceCode', 'Session'] as const

/** Characters of one such record: a sender chooses how long its parameters are. */
const longest = 4096
/** Records of all strangers together; beyond that the oldest go. So it is 40 MiB at most. */
const most = 10_000
/**
 * How many this process writes before it checks whether there are too many: each process may exceed the limit by
 * this many.
 */
const lookEvery = 50
/** None is kept longer, in seconds. */
const keptSeconds = 1800

/** For one network, and for all networks that one IPv6 customer has. */
const perMinute = 60
const sitewide = 10

const tooMany = (): Error => {
  const error = new errors.CustomOIDCProviderError('temporarily_unavailable', 'too many requests: wait a minute')
  // Answered here: no redirect to an address from a request that is not examined further.
  return Object.assign(error, { status: 429, statusCode: 429, allow_redirect: false })
}

const bucket = (key: string, count: number): Bucket => ({ key: `oauth ${key}`, burst: count, everyMs: 60_000 / count })

const bucketsOf = (address: string): readonly Bucket[] => {
  const [network, site] = [networkOf(address), siteOf(address)]
  const ofSite = site === network ? [] : [bucket(`site ${site}`, sitewide * perMinute)]
  return [bucket(network, perMinute), ...ofSite]
}

export const isUnproven = ({ kind, userId }: Pick<OAuthRecord, 'kind' | 'userId'>): boolean =>
  userId === undefined && kinds.some((one) => one === kind)

/** When such a record expires at the latest. */
export const unprovenUntil = (expiresAt: number, now: number): number => Math.min(expiresAt, now + keptSeconds * 1000)

/** Keeps strangers' records few, small and short-lived, whatever request makes them. */
export const createUnprovenGuard = ({ store, limits }: Pick<OAuthDeps, 'store' | 'limits'>) => {
  let written = 0
  return {
    /** Rejects what is too long, and too many from one network. */
    admit: async ({ payload }: OAuthRecord): Promise<void> => {
      if (payload.length > longest) throw new errors.InvalidRequest('the parameters are too long')
      const address = Provider.ctx?.ip
      if (address === undefined) return
      await limits.take(bucketsOf(address)).catch(() => Promise.reject(tooMany()))
    },
    written: async (): Promise<void> => {
      written += 1
      if (written % lookEvery === 0) await store.trim(kinds, most)
    },
  }
}
