import { sha256 } from '@noble/hashes/sha2.js'
import { toBase64Url } from '../encoding/base64.ts'
import { equalBytes, randomBytes, utf8 } from '../encoding/bytes.ts'
import { askForTokens, type OAuthOptions, type SignIn, signInFailed } from './oauth-requests.ts'

export interface CodeSignInOptions extends OAuthOptions {
  /** One of the redirect URIs that the server knows for this application. */
  readonly redirectUri: string
  /** The id that this device has chosen for itself: a new one at each fresh install. */
  readonly deviceId: string
  /** Default: `messages`, all that a user's device does. */
  readonly scope?: string
}

/** Keep it (for example in `sessionStorage`) until the browser comes back. Secret. */
export interface PendingSignIn {
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
}

const secret = (): string => toBase64Url(randomBytes(32))

/**
 * For an application with a browser: go to `address`; the user comes back to the redirect URI. Authorization code
 * with PKCE.
 */
export const beginCodeSignIn = (
  options: CodeSignInOptions,
): { readonly address: string; readonly pending: PendingSignIn } => {
  const { url, clientId, redirectUri, deviceId, scope = 'messages' } = options
  const pending = { state: secret(), verifier: secret(), redirectUri }
  const parameters = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    device: deviceId,
    state: pending.state,
    code_challenge: toBase64Url(sha256(utf8(pending.verifier))),
    code_challenge_method: 'S256',
  })
  return { address: `${url.replace(/\/+$/, '')}/oauth/auth?${parameters}`, pending }
}

/**
 * `callback`: the address at which the user came back. Rejects with `sign_in_failed` (`details.reason`:
 * `access_denied`, `state` when it belongs to another sign-in, or another of OAuth's codes), or with `unavailable`.
 */
export const endCodeSignIn = async (
  options: OAuthOptions,
  pending: PendingSignIn,
  callback: string,
): Promise<SignIn> => {
  const { searchParams } = new URL(callback)
  if (!equalBytes(utf8(searchParams.get('state') ?? ''), utf8(pending.state))) throw signInFailed('state')
  const code = searchParams.get('code')
  if (code === null) throw signInFailed(searchParams.get('error') ?? 'no code')
  const granted = await askForTokens(options, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: pending.redirectUri,
    code_verifier: pending.verifier,
  })
  if (granted.kind === 'refused') throw signInFailed(granted.reason)
  return granted.signIn
}
