import type { PushService, Wake, WakeOutcome } from '../../ports/push.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { retryAfterOf } from '../../runtime/retry-after.ts'
import { signedHeaders } from './signature.ts'

export interface WebhookPushOptions {
  readonly url: string
  /** The secret shared with the receiver. */
  readonly secret: string
  readonly now: () => number
  readonly answerMs?: number
}

const mostAtOnce = 16

const bodyOf = ({ userId }: Wake): string => JSON.stringify({ type: 'wake', data: { userId } })

const outcomeOf = (response: Response, now: number): WakeOutcome => {
  if (response.ok) return { kind: 'sent' }
  const code = `status_${response.status}`
  if (response.status === 404 || response.status === 410) return { kind: 'gone', code }
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'), now)
  return { kind: 'refused', code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** Converts a request without an answer: some failures show that it never arrived, others do not. */
const failureOf = (error: unknown): WakeOutcome => {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const neverArrived = code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN'
  return neverArrived ? { kind: 'refused', code: 'unreachable' } : { kind: 'unsure', code: 'no_answer' }
}

/** Posts signed requests to the operator's own service, which wakes the users. Redirects are not followed. */
export const createWebhookPush = ({ url, secret, now, answerMs = 10_000 }: WebhookPushOptions): PushService => {
  const post = async (wake: Wake): Promise<WakeOutcome> => {
    const body = bodyOf(wake)
    const headers = signedHeaders(secret, { id: wake.id, body, at: now() })
    const signal = AbortSignal.timeout(answerMs)
    try {
      const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, headers, body })
      await response.body?.cancel()
      return outcomeOf(response, now())
    } catch (error) {
      return failureOf(error)
    }
  }
  return { kind: 'webhook', wake: (wakes) => eachOf(wakes, mostAtOnce, post), close: async () => {} }
}
