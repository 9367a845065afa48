import type { WakeOutcome } from '../../ports/push.ts'
import { retryAfterOf } from '../../runtime/retry-after.ts'

/** The token is dead. `invalid-argument` is not among them: the message itself may be meant. */
const gone: ReadonlySet<string> = new Set([
  'registration-token-not-registered',
  'invalid-registration-token',
  'unregistered-fid',
])

/** Refused with a reason that the library knows. */
const known: ReadonlySet<string> = new Set([
  'mismatched-credential',
  'invalid-argument',
  'invalid-recipient',
  'invalid-payload',
  'message-rate-exceeded',
  'device-message-rate-exceeded',
  'topics-message-rate-exceeded',
  'third-party-auth-error',
  'authentication-error',
  'server-unavailable',
  'internal-error',
  'invalid-credential',
  'unknown-error',
])

/** `messaging/internal-error` and `app/network-error`, without what is before the slash. */
const wordOf = (code: string): string => code.slice(code.indexOf('/') + 1)

interface FcmError {
  readonly code: string
  readonly httpResponse?: { readonly headers?: Readonly<Record<string, unknown>>; readonly data?: unknown }
}

/** The library's own classes are loaded with the library. */
const isFcmError = (error: unknown): error is FcmError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const retryAfter = ({ httpResponse }: FcmError): string | undefined => {
  const value = httpResponse?.headers?.['retry-after']
  return typeof value === 'string' ? value : undefined
}

/**
 * The token belongs to another sender. The library has the same word for an account of the operator's that may send
 * nothing, which is no fault of the token.
 */
const isOthers = ({ httpResponse }: FcmError): boolean =>
  JSON.stringify(httpResponse?.data ?? null).includes('SENDER_ID_MISMATCH')

const noAnswer: WakeOutcome = { kind: 'unsure', code: 'no_answer' }

/** What an error means. Without an answer of the service nobody knows whether it has taken the message. */
export const failureOf = (error: unknown, now: number): WakeOutcome => {
  if (!isFcmError(error)) return noAnswer
  const word = wordOf(error.code)
  const code = word.replaceAll('-', '_')
  if (gone.has(word) || (word === 'mismatched-credential' && isOthers(error))) return { kind: 'gone', code }
  if (!known.has(word)) return noAnswer
  const retryAfterMs = retryAfterOf(retryAfter(error), now)
  return { kind: 'refused', code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
