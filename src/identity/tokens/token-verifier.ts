import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Access, TokenVerifier } from '../../ports/identity/access.ts'
import { type ClaimMapping, mapClaims } from './claim-mapping.ts'
import { accessOfClaims } from './claims.ts'
import { createKeySet, KeySetUnavailable, type KeySource } from './keys/key-set.ts'
import { hasApiScope } from './scopes.ts'
import type { ExternalIssuer } from './trusted-issuers.ts'

export interface TokenVerifierOptions {
  readonly keys: KeySource
  readonly issuer: string
  readonly audience: string
  readonly clockToleranceSeconds: number
  /** The same keys' second name as an issuer: that of the authorization server, once its URL is known. */
  readonly issuerUrl?: () => string | undefined
  /** Issuers that are trusted besides our own. */
  readonly external?: readonly ExternalIssuer[]
  /**
   * How many verified tokens are remembered (by hash), so that a busy device's signature is not checked at every
   * request.
   */
  readonly cacheSize?: number
  /**
   * How long, in milliseconds, a verified token is believed without a look at the keys: a withdrawn key counts
   * within this time.
   */
  readonly cacheMs?: number
  /** The date. */
  readonly now?: () => number
  /** Milliseconds of a monotonic clock. */
  readonly elapsed?: () => number
}

/** One issuer, with everything that its tokens are checked against. */
interface Trusted {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly algorithms: readonly string[]
  /** Undefined for our own tokens, which state everything in this server's words. */
  readonly mapping: ClaimMapping | undefined
  readonly getKey: JWTVerifyGetKey
}

const refusal = (error: unknown): ProtocolError => {
  if (error instanceof errors.JWTExpired) return new ProtocolError('token_expired')
  if (error instanceof KeySetUnavailable) return new ProtocolError('unavailable', error.message, { retryAfterMs: 1000 })
  return new ProtocolError('unauthenticated')
}

const hash = (token: string, device: string | undefined): string =>
  createHash('sha256')
    .update(`${token}\0${device ?? ''}`)
    .digest('base64')

/** Picks the issuer by what the token states about itself; the signature then has to prove it. */
const createChoice = (options: TokenVerifierOptions, elapsed: () => number) => {
  const { issuer, audience, issuerUrl = () => undefined, external = [] } = options
  const algorithms = ['EdDSA', 'ES256']
  const own = { audience, algorithms, mapping: undefined, getKey: createKeySet(options.keys, elapsed) }
  const others = new Map<string, Trusted>(
    external.map((other) => [
      other.issuer,
      { ...other, mapping: other, getKey: createKeySet({ jwksUrl: other.jwksUrl }, elapsed) },
    ]),
  )
  return (token: string): Trusted | undefined => {
    const { iss } = decodeJwt(token)
    if (iss === undefined) return undefined
    return iss === issuer || iss === issuerUrl() ? { ...own, issuer: iss } : others.get(iss)
  }
}

const foreign = (access: Access | undefined): Access | undefined => access && { ...access, foreign: true }

const createCheck = (options: TokenVerifierOptions, now: () => number, elapsed: () => number) => {
  const choose = createChoice(options, elapsed)
  const { clockToleranceSeconds: clockTolerance } = options
  return async (token: string, device: string | undefined): Promise<Access | undefined> => {
    const trusted = choose(token)
    if (trusted === undefined) return undefined
    const { issuer, audience, algorithms, mapping, getKey } = trusted
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      issuer,
      audience: [audience].flat(),
      clockTolerance,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    })
    if (mapping !== undefined) return foreign(accessOfClaims(mapClaims(mapping, payload, device)))
    // Tokens made on the command line state no scope: they are for the API alone.
    return issuer === options.issuer || hasApiScope(payload) ? accessOfClaims(payload) : undefined
  }
}

/**
 * Verifies access tokens: of a trusted issuer, signed by it, for this audience, not expired, with a user and a
 * device and, if not a plain user's, roles. The error does not tell which check failed. A token is accepted from
 * memory for at most `cacheMs`, and never beyond its expiry.
 */
export const createTokenVerifier = (options: TokenVerifierOptions): TokenVerifier => {
  const { cacheSize = 20_000, cacheMs = 60_000, now = Date.now } = options
  const { elapsed = options.now ?? (() => performance.now()) } = options
  const check = createCheck(options, now, elapsed)
  const known = new LRUCache<string, { readonly access: Access; readonly until: number }>({ max: cacheSize })
  const remember = (key: string, access: Access) =>
    known.set(key, { access, until: elapsed() + Math.min(access.expiresAt - now(), cacheMs) })
  return {
    verify: async (token, device) => {
      if (token.length > limits.token) throw new ProtocolError('unauthenticated')
      const key = hash(token, device)
      const hit = known.get(key)
      if (hit !== undefined && elapsed() < hit.until) return hit.access
      known.delete(key)
      const access = await check(token, device).catch((error: unknown) => Promise.reject(refusal(error)))
      if (access === undefined) throw new ProtocolError('unauthenticated')
      remember(key, access)
      return access
    },
  }
}
