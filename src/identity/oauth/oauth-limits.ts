import { networkOf } from '../sender-address.ts'
import { type Attempts, createAttempts } from './interaction/failed-attempts.ts'
import type { OAuthDeps } from './oauth-deps.ts'

const minutes = 60_000

export interface OAuthLimits {
  /** Codes typed in from one network, at whichever process they arrive. Rejects with `rate_limited`. */
  readonly code: (address: string) => Promise<void>
  /** Everything that oidc-provider answers, for one network, in this process: keeps a flood away from the store. */
  readonly requests: Attempts
}

/** Guessing a code is too slow to be worthwhile. Passwords are limited where they are checked. */
export const createLimits = ({ limits, elapsed }: Pick<OAuthDeps, 'limits' | 'elapsed'>): OAuthLimits => ({
  code: (address) => limits.take([{ key: `user-code ${networkOf(address)}`, burst: 30, everyMs: minutes / 3 }]),
  requests: createAttempts({ max: 600, windowMs: minutes, now: elapsed }),
})
