import { createHash } from 'node:crypto'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Access, TokenVerifier } from '../ports/access.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { accessOfClaims } from './claims.ts'
import { createKeySet, KeySetUnavailable, type KeySource } from './key-set.ts'

export interface TokenVerifierOptions {
  readonly keys: KeySource
  readonly issuer: string
  readonly audience: string
  readonly clockToleranceSeconds: number
  /** Verified tokens that are remembered (by hash), so that a busy device's signature is not checked at every request. */
  readonly cacheSize?: number
  /** How long, in milliseconds, a verified token is believed without a look at the keys: a withdrawn key counts within this time. */
  readonly cacheMs?: number
  readonly now?: () => number
}

const algorithms = ['EdDSA', 'ES256']

const refusal = (error: unknown): ProtocolError => {
  if (error instanceof errors.JWTExpired) return new ProtocolError('token_expired')
  if (error instanceof KeySetUnavailable) return new ProtocolError('unavailable', error.message, { retryAfterMs: 1000 })
  return new ProtocolError('unauthenticated')
}

const hash = (token: string): string => createHash('sha256').update(token).digest('base64')

const createCheck = (options: TokenVerifierOptions, getKey: JWTVerifyGetKey, now: () => number) => {
  const { issuer, audience, clockToleranceSeconds: clockTolerance } = options
  return async (token: string): Promise<Access> => {
    const { payload } = await jwtVerify(token, getKey, {
      algorithms,
      issuer,
      audience,
      clockTolerance,
      requiredClaims: ['exp', 'sub', 'device'],
      currentDate: new Date(now()),
    })
    const access = accessOfClaims(payload)
    if (access === undefined) throw new ProtocolError('unauthenticated')
    return access
  }
}

/**
 * Verifies access tokens: EdDSA or ES256, this issuer and audience, not expired, claims `sub`, `device` and, if not a plain user's,
 * `roles`. Which check failed is told to nobody. A token is believed from memory for `cacheMs` at most and never beyond its expiry.
 */
export const createTokenVerifier = (options: TokenVerifierOptions): TokenVerifier => {
  const { cacheSize = 20_000, cacheMs = 60_000, now = Date.now } = options
  const check = createCheck(options, createKeySet(options.keys, now), now)
  const known = new LRUCache<string, { readonly access: Access; readonly until: number }>({ max: cacheSize })
  const remember = (key: string, access: Access) =>
    known.set(key, { access, until: Math.min(access.expiresAt, now() + cacheMs) })
  return {
    verify: async (token) => {
      if (token.length > limits.token) throw new ProtocolError('unauthenticated')
      const key = hash(token)
      const hit = known.get(key)
      if (hit !== undefined && now() < hit.until) return hit.access
      known.delete(key)
      const access = await check(token).catch((error: unknown) => Promise.reject(refusal(error)))
      remember(key, access)
      return access
    },
  }
}
