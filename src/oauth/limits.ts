import { type Attempts, createAttempts } from './attempts.ts'

const minutes = 60_000

export interface OAuthLimits {
  /** Codes typed in from one address. */
  readonly codes: Attempts
  /** Everything that oidc-provider answers, from one address. */
  readonly requests: Attempts
}

/** Guessing a code is too slow to be worth it. Passwords are limited where they are checked. */
export const createLimits = (now: () => number): OAuthLimits => ({
  codes: createAttempts({ max: 30, windowMs: 10 * minutes, now }),
  requests: createAttempts({ max: 600, windowMs: minutes, now }),
})
