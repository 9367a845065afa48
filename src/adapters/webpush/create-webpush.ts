import webpush, { type RequestOptions } from 'web-push'
import type { PushService, PushTarget, Wake, WakeOutcome } from '../../ports/push.ts'
import type { AllowedHosts } from '../../runtime/allowed-hosts.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { retryAfterOf } from '../../runtime/retry-after.ts'
import { type Answer, createPost, type Posting } from './post.ts'

export interface WebPushOptions {
  /** Base64url: the server's key pair (P-256), by which push services recognise this server. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string }
  /** The operator's contact for push services: a `mailto:` or `https:` URL. */
  readonly contact: string
  readonly allowed: AllowedHosts
  readonly now: () => number
  readonly answerMs?: number
  /** For tests: the certificate authority (PEM) of the push service. */
  readonly ca?: string
}

type Subscription = Extract<PushTarget, { kind: 'webpush' }>

const mostAtOnce = 64
const keptForSeconds = 86_400
/** No content: the service worker asks the server what is new. */
const payload = JSON.stringify({ backscroll: 'wake' })

const outcomeOf = ({ status, retryAfter }: Answer, now: number): WakeOutcome => {
  const code = `status_${status}`
  if (status >= 200 && status < 300) return { kind: 'sent' }
  if (status === 404 || status === 410) return { kind: 'gone', code }
  const retryAfterMs = retryAfterOf(retryAfter, now)
  return { kind: 'refused', code, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

const neverArrived: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH'])

const failureOf = (error: unknown): WakeOutcome => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EPRIVATE') return { kind: 'refused', code: 'private_address' }
  return neverArrived.has(code) ? { kind: 'refused', code: 'unreachable' } : { kind: 'unsure', code: 'no_answer' }
}

/** Web Push (RFC 8030), with payloads encrypted for the browser (RFC 8291) and the server's own key (RFC 8292). */
export const createWebPush = (options: WebPushOptions): PushService => {
  const { vapid, contact, allowed, now, answerMs = 10_000, ca } = options
  const { post, close } = createPost(ca)
  const details: RequestOptions = {
    vapidDetails: { subject: contact, ...vapid },
    ...{ TTL: keptForSeconds, urgency: 'high', topic: 'backscroll' },
    contentEncoding: 'aes128gcm',
  }

  const postingOf = ({ endpoint, keys }: Subscription): Posting | undefined => {
    const judged = allowed.judge(endpoint)
    if (judged === undefined) return undefined
    const { headers, body } = webpush.generateRequestDetails({ endpoint, keys }, payload, details)
    return body === undefined || body === null ? undefined : { ...judged, headers, body: Buffer.from(body), answerMs }
  }

  /** Undefined if nothing can ever be sent to this target. */
  const prepared = (target: PushTarget): Posting | undefined => {
    try {
      return target.kind === 'webpush' ? postingOf(target) : undefined
    } catch {
      return undefined
    }
  }

  const one = async ({ target }: Wake): Promise<WakeOutcome> => {
    const posting = prepared(target)
    if (posting === undefined) return { kind: 'gone', code: 'bad_subscription' }
    return post(posting).then((answer) => outcomeOf(answer, now()), failureOf)
  }
  return { kind: 'webpush', wake: (wakes) => eachOf(wakes, mostAtOnce, one), close: async () => close() }
}
