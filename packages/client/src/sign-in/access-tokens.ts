import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { DeviceProver } from './device-prover.ts'

/** Where access tokens come from, such as `createOAuthTokens`. */
export interface AccessTokens {
  token(instead?: string, prover?: DeviceProver): Promise<string>
  /** Ends the sign-in, here and at the server. Resolves with an error if the server could not be told. */
  signOut?(): Promise<BackscrollError | undefined>
  /** Calls back when `signOut` ends the sign-in. Returns a function that stops this. */
  onSignOut?(call: () => void): () => void
}

/** A plain function gives tokens, and ends nothing. */
export const tokensOf = ({ token }: { readonly token: AccessTokens | AccessTokens['token'] }): AccessTokens =>
  typeof token === 'function' ? { token } : token
