/**
 * Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. Times are
 * milliseconds since the Unix epoch.
 */

import type { AdminAct } from '../../domain/audit/admin-acts.ts'

export interface Totp {
  /** Sealed: the store cannot use it. */
  readonly secret: string
  /** Null: offered, but the user has not confirmed it yet. It proves nothing until then. */
  readonly confirmedAt: number | null
}

export interface Passkey {
  /** Base64url, as the authenticator made it. */
  readonly credentialId: string
  readonly userId: string
  readonly name: string | null
  /** COSE key, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly addedAt: number
  readonly usedAt: number | null
}

export interface Factors {
  readonly totp: Totp | undefined
  readonly passkeys: readonly Passkey[]
  /** Hashes of the codes that were not used yet. */
  readonly recoveryCodes: readonly string[]
}

/**
 * Guarantees besides those of the database, which `test/contract/second-factors/second-factors.suite.ts` attacks:
 * no code and no counter is accepted twice.
 */
export interface SecondFactorStore {
  factors(userId: string): Promise<Factors>
  /** Replaces a seed that was not confirmed. False when there is a confirmed one, or no account. */
  offerTotp(userId: string, secret: string): Promise<boolean>
  /** False when another seed waits, or none. The recovery codes replace those there are, unless they are undefined. */
  confirmTotp(
    userId: string,
    secret: string,
    step: number,
    codes: readonly string[] | undefined,
    at: number,
  ): Promise<boolean>
  /** False when a code of this time step or a later one was accepted before, or the seed is another one. */
  takeTotpStep(userId: string, secret: string, step: number): Promise<boolean>
  removeTotp(userId: string): Promise<boolean>
  putRecoveryCodes(userId: string, codes: readonly string[]): Promise<void>
  /** Accepts each code once. */
  takeRecoveryCode(userId: string, code: string): Promise<boolean>
  addPasskey(
    passkey: Omit<Passkey, 'usedAt'>,
    limit: number,
    codes: readonly string[] | undefined,
  ): Promise<'added' | 'taken' | 'limit' | 'no_account'>
  passkey(credentialId: string): Promise<Passkey | undefined>
  /** False when the authenticator counts and has shown this counter before: it was copied. */
  takePasskeyCount(credentialId: string, counter: number, at: number): Promise<boolean>
  removePasskey(userId: string, credentialId: string): Promise<boolean>
  /** Deletes everything but the password. False when there was nothing. */
  removeFactors(userId: string, act?: AdminAct): Promise<boolean>
}
