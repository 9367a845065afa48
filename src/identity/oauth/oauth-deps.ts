import type { FastifyBaseLogger } from 'fastify'
import type { DeviceProofs, UserRole } from '../../ports/identity/access.ts'
import type { OAuthStore } from '../../ports/identity/oauth-store.ts'
import type { Bucket } from '../../ports/rate-limits.ts'
import type { Sender } from '../sender-address.ts'
import type { OAuthClient } from './provider/oauth-clients.ts'

/** `no`: `reason` is for the person who typed; `status` is HTTP's. */
export type AccountAnswer =
  | { readonly kind: 'in'; readonly userId: string }
  | { readonly kind: 'no'; readonly reason: string; readonly status: 422 | 429; readonly retryAfterMs?: number }

/** `gone`: the link was used, has expired, or does not exist. */
export type ResetAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'gone' }
  | Extract<AccountAnswer, { readonly kind: 'no' }>

export interface OAuthResets {
  readonly canSend: boolean
  /** Takes as long, and reveals as little, when there is no such login. */
  request(login: string, sender: Sender): Promise<Exclude<ResetAnswer, { readonly kind: 'gone' }>>
  isGood(code: string): Promise<boolean>
  reset(code: string, password: string, sender: Sender): Promise<ResetAnswer>
}

/** What is asked for after the password. */
export interface OAuthSecondFactor {
  /** Does an app of the user show codes? */
  readonly app: boolean
  readonly passkey: boolean
}

export interface OAuthFactors {
  /** Undefined: the password is enough. */
  of(userId: string): Promise<OAuthSecondFactor | undefined>
  takeCode(userId: string, code: string, sender: Sender): Promise<AccountAnswer>
  /** For `navigator.credentials.get`; of this user, or of any user. Undefined where there are no passkeys. */
  askPasskey(challenge: string, userId?: string): Promise<object | undefined>
  /** `answer` as the page's script sends it. From `userId`, who has shown the password, or from any user. */
  takePasskey(answer: string, isChallenge: (challenge: string) => boolean, userId?: string): Promise<AccountAnswer>
}

/** What decides whether a user's sign-ins go on. */
export interface OAuthStanding {
  readonly roles: readonly UserRole[]
  /** Sign-ins from before this time are over. In milliseconds since the Unix epoch. */
  readonly signInsFrom: number
  /** So are those from after it: a clock that was ahead has made them. */
  readonly signInsTo: number
  /** Except those of this device from this time on: it changed the password. */
  readonly spared: { readonly deviceId: string; readonly from: number } | null
  readonly revokedDevices: readonly string[]
  /** Registered keys by device, base64. */
  readonly deviceKeys: ReadonlyMap<string, string>
}

/** What the authorization server needs to know of accounts. Attempts are limited by the sender and by login. */
export interface OAuthAccounts {
  /**
   * Takes as long when there is no such login. Reveals only to a sender who knows the password that the account
   * is closed.
   */
  signIn(login: string, password: string, sender: Sender): Promise<AccountAnswer>
  /** Creates an account. Undefined on a server where people do not register themselves. */
  readonly register: ((login: string, password: string, sender: Sender) => Promise<AccountAnswer>) | undefined
  readonly resets: OAuthResets
  readonly factors: OAuthFactors
  /** Undefined when there is no such active account. */
  standing(userId: string): Promise<OAuthStanding | undefined>
}

export interface OAuthSettings {
  /** How browsers reach this server, without a slash at its end; undefined until it listens. */
  readonly publicUrl: () => string | undefined
  /** The audience of access tokens, as the verifier expects it. */
  readonly audience: string
  readonly clients: readonly OAuthClient[]
  /** Lifetimes in seconds. */
  readonly accessTokenTtl: number
  /** How long an unused refresh token is valid; each use gives a new one. */
  readonly refreshTokenTtl: number
  /** How long, in milliseconds, a used refresh token is valid once more, because the answer may have been lost. */
  readonly refreshGraceMs: number
}

export interface OAuthDeps {
  readonly store: OAuthStore
  readonly accounts: OAuthAccounts
  /** Limits that hold for all processes. Rejects with a `ProtocolError` `rate_limited`. */
  readonly limits: { take(buckets: readonly Bucket[]): Promise<void> }
  readonly proofs: DeviceProofs
  /** Holds the signing key and the cookie keys. */
  readonly keyDirectory: string
  readonly settings: OAuthSettings
  readonly logger: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>
  readonly now: () => number
  /** Milliseconds of a monotonic clock. Default: `performance.now()`. */
  readonly elapsed?: (() => number) | undefined
}
