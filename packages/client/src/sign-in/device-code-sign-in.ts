import { z } from 'zod'
import { type Clock, sleep, systemClock } from '../time/clock.ts'
import { askForTokens, type OAuthOptions, postForm, reasonOf, type SignIn, signInFailed } from './oauth-requests.ts'

/** What to show to the user. */
export interface Prompt {
  readonly code: string
  /** Where to type it in, in any browser. */
  readonly url: string
  /** The same with the code filled in. */
  readonly urlWithCode: string
}

export interface DeviceSignInOptions extends OAuthOptions {
  /** The id that this device has chosen for itself: a new one at each fresh install. */
  readonly deviceId: string
  /** Default: `messages`, all that a user's device does. */
  readonly scope?: string
  readonly show: (prompt: Prompt) => void
  /** Seconds between two requests; default: what the server says. */
  readonly interval?: number
  readonly clock?: Clock
}

const grant = 'urn:ietf:params:oauth:grant-type:device_code'
const started = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  interval: z.number().default(5),
})

/**
 * For a program without a browser (RFC 8628): resolves when the user has agreed in one. Rejects with
 * `sign_in_failed`, whose `details.reason` is `access_denied`, `expired_token` or another of OAuth's codes, or with
 * `unavailable`.
 */
export const signInByDevice = async (options: DeviceSignInOptions): Promise<SignIn> => {
  const { deviceId, scope = 'messages', show, clock = systemClock } = options
  const said = await postForm(options, '/device/auth', { scope, device: deviceId })
  const { data: begun } = started.safeParse(said)
  if (begun === undefined) throw signInFailed(reasonOf(said))
  const { user_code: code, verification_uri: url, verification_uri_complete: urlWithCode } = begun
  show({ code, url, urlWithCode })
  for (let seconds = options.interval ?? begun.interval; ; ) {
    await sleep(clock, seconds * 1000)
    const granted = await askForTokens(options, { grant_type: grant, device_code: begun.device_code })
    if (granted.kind === 'granted') return granted.signIn
    if (granted.reason === 'slow_down') seconds += 5
    else if (granted.reason !== 'authorization_pending') throw signInFailed(granted.reason)
  }
}
