import type { WakeOutcome } from '../../ports/push.ts'
import { retryAfterOf } from '../../runtime/retry-after.ts'

/** Codes that say that the token is dead. `invalid-argument` is not among them, because it may refer to the message. */
const gone: ReadonlySet<string> = new Set([
  'registration-token-not-registered',
  'invalid-registration-token',
  'unregistered-fid',
])

/** Codes of refusals. Any other code counts as no answer. */
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

/** The part after the slash in `messaging/internal-error` or `app/network-error`. */
const wordOf = (code: string): string => code.slice(code.indexOf('/') + 1)

interface FcmError {
  readonly code: string
  readonly httpResponse?: { readonly headers?: Readonly<Record<string, unknown>>; readonly data?: unknown }
}

/** Checks the fields, because the library's own error classes are loaded only with the library. */
const isFcmError = (error: unknown): error is FcmError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const retryAfter = ({ httpResponse }: FcmError): string | undefined => {
  const value = httpResponse?.headers?.['retry-after']
  return typeof value === 'string' ? value : undefined
}

/**
 * The token belongs to another sender. The library gives the same code when the operator's account may not send,
 * which is not the token's fault.
 */
const isOthers = ({ httpResponse }: FcmError): boolean =>
  JSON.stringify(httpResponse?.data ?? null).includes('SENDER_ID_MISMATCH')

const noAnswer: WakeOutcome = { kind: 'unsure', code: 'no_answer' }

/** Converts an error. Without an answer from the service, it is unknown whether the message was accepted. */
export const failureOf = (error: unknown, now: number): WakeOutcome => {
  if (!isFcmError(error)) return noAnswer
  const word = wordOf(error.code)
  const code = word.replaceAll('-', '_')
  if (gone.has(word) || (word === 'mismatched-credential' && isOthers(error))) return { kind: 'gone', code }
  if (!known.has(word)) return noAnswer
  const retryAfterMs = retryAfterOf(retryAfter(error), now)
  return { kind: 'refused', code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
