import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { DeviceProver } from './device-prover.ts'

/** Where access tokens come from, such as `createOAuthTokens`. */
export interface AccessTokens {
  token(instead?: string, prover?: DeviceProver): Promise<string>
  /** Ends the sign-in, here and at the server. Resolves with why the server could not be told, if so. */
  signOut?(): Promise<BackscrollError | undefined>
  /** Calls when the sign-in is ended by `signOut`. Returns what ends that. */
  onSignOut?(call: () => void): () => void
}

/** A function alone gives tokens, and ends nothing. */
export const tokensOf = ({ token }: { readonly token: AccessTokens | AccessTokens['token'] }): AccessTokens =>
  typeof token === 'function' ? { token } : token
