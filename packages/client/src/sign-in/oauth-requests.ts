import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { z } from 'zod'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { unreachable } from '../errors/unreachable-server.ts'
import type { DeviceProver } from './device-prover.ts'
import { claimsOf } from './token-source.ts'

/** What a sign-in leaves on a device. Secrets: store it where only this application can read it. */
export interface SignIn {
  /** As in every token of this sign-in. */
  readonly userId: string
  readonly deviceId: string
  readonly accessToken: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** Valid once: the next one comes with the next access token. */
  readonly refreshToken: string
  /** A sign-out has begun: it no longer counts. */
  readonly isEnding?: true
}

export interface OAuthOptions {
  /** The URL of the server, for example `https://chat.example.org`. */
  readonly url: string
  /** The id by which the server knows this application. */
  readonly clientId: string
  /**
   * `client.prover()` of a device that is registered already: a new sign-in on it has to prove that it is the
   * device.
   */
  readonly prover?: DeviceProver | undefined
  readonly fetch?: typeof fetch
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number
}

const answer = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })
const refusal = z.object({ error: z.string() })

/** What the authorization server says: the sign-in, or why not (an error code of OAuth 2.0). */
export type Granted =
  | { readonly kind: 'granted'; readonly signIn: SignIn }
  | { readonly kind: 'refused'; readonly reason: string }

const timeoutMs = 30_000

const busy = (url: string, status: number): BackscrollError =>
  new BackscrollError('unavailable', { message: `${url} cannot answer now: HTTP ${status}` })

interface Said {
  readonly json: unknown
  /** What a proof has to say that the server believes. */
  readonly nonce: string | undefined
}

const post = async (
  { url, clientId, fetch: ask = fetch, prover }: OAuthOptions,
  path: string,
  fields: Readonly<Record<string, string>>,
  nonce?: string,
): Promise<Said> => {
  const body = new URLSearchParams({ client_id: clientId, ...fields })
  const address = `${url.replace(/\/+$/, '')}/oauth${path}`
  const proof = await prover?.prove({ method: 'POST', url: address, nonce })
  const headers = proof === undefined ? {} : { [proofHeader]: proof }
  const init = { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) }
  const refuse = async (thrown: unknown) => Promise.reject(await unreachable(url, ask, thrown))
  const response = await ask(address, init).catch(refuse)
  if (response.status >= 500 || response.status === 429) throw busy(url, response.status)
  const text = await response.text().catch(refuse)
  return { json: parsed(text, response.status), nonce: response.headers.get(proofNonceHeader) ?? undefined }
}

const parsed = (text: string, status: number): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return { error: `status ${status}` }
  }
}

/**
 * Rejects with `unavailable` when there is no answer, or one that says to come back later: then the request may
 * have had its effect.
 */
export const postForm = async (
  options: OAuthOptions,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<unknown> => {
  const first = await post(options, path, fields)
  if (refusal.safeParse(first.json).data?.error !== 'use_dpop_nonce') return first.json
  return (await post(options, path, fields, first.nonce)).json
}

export const reasonOf = (said: unknown): string =>
  refusal.safeParse(said).data?.error ?? 'it is not a Backscroll server'

/** Asks the token endpoint. */
export const askForTokens = async (
  options: OAuthOptions,
  fields: Readonly<Record<string, string>>,
): Promise<Granted> => {
  const said = await postForm(options, '/token', fields)
  const { data } = answer.safeParse(said)
  if (data === undefined) return { kind: 'refused', reason: reasonOf(said) }
  const { sub, device } = claimsOf(data.access_token)
  if (sub === undefined || device === undefined) return { kind: 'refused', reason: 'the token names no device' }
  const { now = Date.now } = options
  const expiresAt = now() + data.expires_in * 1000
  const tokens = { accessToken: data.access_token, refreshToken: data.refresh_token, expiresAt }
  return { kind: 'granted', signIn: { userId: sub, deviceId: device, ...tokens } }
}

/** `details.reason`: why, as OAuth says it, for example `access_denied`. */
export const signInFailed = (reason: string): BackscrollError =>
  new BackscrollError('sign_in_failed', { message: `The server refused: ${reason}`, details: { reason } })
