import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { OperatorError } from '../../ports/operator-error.ts'
import type { StoredSignIn } from './credentials.ts'

const clientId = 'backscroll-cli'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

const started = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  interval: z.number().default(5),
})
const tokens = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })
const failure = z.object({ error: z.string() })

const post = async (url: string, fields: Record<string, string>): Promise<unknown> => {
  const body = new URLSearchParams({ client_id: clientId, ...fields })
  const response = await fetch(url, { method: 'POST', body }).catch((error: unknown) => {
    throw new OperatorError(`${new URL(url).origin} cannot be reached`, { cause: error })
  })
  return response.json().catch(() => ({ error: `status ${response.status}` }))
}

const stored = (device: string, answer: z.output<typeof tokens>): StoredSignIn => ({
  device,
  accessToken: answer.access_token,
  refreshToken: answer.refresh_token,
  expiresAt: Date.now() + answer.expires_in * 1000,
})

const refusals: Readonly<Record<string, string>> = {
  access_denied: 'It was cancelled.',
  expired_token: 'The code has expired: start again.',
  invalid_grant: 'The sign-in is over: run `backscroll login` again.',
}

const fail = (error: string): never => {
  throw new OperatorError(refusals[error] ?? `The server refused: ${error}`)
}

/** What to show to the user. */
export interface Prompt {
  readonly code: string
  readonly url: string
  /** The same with the code filled in. */
  readonly urlWithCode: string
}

export interface DeviceGrantOptions {
  readonly server: string
  readonly device: string
  readonly scope: string
  readonly show: (prompt: Prompt) => void
  /** Shortens the wait between questions, in seconds; the server says 5 when it says nothing. */
  readonly interval?: number
}

/** Waits until the user has said yes in a browser. */
export const signInByDeviceGrant = async (options: DeviceGrantOptions): Promise<StoredSignIn> => {
  const { server, device, scope, show } = options
  const answer = await post(`${server}/oauth/device/auth`, { scope, device })
  const begun = started.safeParse(answer)
  if (!begun.success) return fail(failure.safeParse(answer).data?.error ?? 'it is no Backscroll server')
  const { device_code: code, user_code, verification_uri: url, verification_uri_complete: urlWithCode } = begun.data
  show({ code: user_code, url, urlWithCode })
  for (let seconds = options.interval ?? begun.data.interval; ; ) {
    await sleep(seconds * 1000)
    const polled = await post(`${server}/oauth/token`, { grant_type: deviceGrant, device_code: code })
    const given = tokens.safeParse(polled)
    if (given.success) return stored(device, given.data)
    const { error = '' } = failure.safeParse(polled).data ?? {}
    if (error === 'slow_down') seconds += 5
    else if (error !== 'authorization_pending') return fail(error)
  }
}

/** A new access token, and a new refresh token with it: the old one is worth nothing from now on. */
export const refreshSignIn = async (server: string, { device, refreshToken }: StoredSignIn): Promise<StoredSignIn> => {
  const answer = await post(`${server}/oauth/token`, { grant_type: 'refresh_token', refresh_token: refreshToken })
  const given = tokens.safeParse(answer)
  return given.success ? stored(device, given.data) : fail(failure.safeParse(answer).data?.error ?? 'no answer')
}
