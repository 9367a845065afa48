import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credential } from 'firebase-admin/app'
import type { Message } from 'firebase-admin/messaging'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { PushService, Wake, WakeOutcome } from '../../ports/push.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { failureOf } from './fcm-failure.ts'

export interface FcmAccess {
  readonly projectId: string
  readonly credential: Credential
  /** For tests: the agent for all requests. */
  readonly agent?: Agent
}

export interface FcmOptions {
  readonly now: () => number
  /** The limit for one message in milliseconds, including the library's own retries. */
  readonly answerMs?: number
}

/** Messages are sent one by one, so that each has its own outcome. */
const mostAtOnce = 64
const keptForMs = 86_400_000

/** No content: the app asks the server what is new. A newer wake-up replaces one that is still waiting. */
const messageFor = (token: string): Message => ({
  token,
  data: { backscroll: 'wake' },
  android: { priority: 'high', collapseKey: 'backscroll', ttl: keptForMs },
  apns: {
    headers: { 'apns-push-type': 'background', 'apns-priority': '5', 'apns-collapse-id': 'backscroll' },
    payload: { aps: { contentAvailable: true } },
  },
})

const wrongKind: WakeOutcome = { kind: 'gone', code: 'wrong_kind' }
const noAnswer: WakeOutcome = { kind: 'unsure', code: 'no_answer' }

/** Sends through Firebase Cloud Messaging. The library is large, so it is loaded only where it is used. */
export const openFcm = async (access: FcmAccess, { now, answerMs = 20_000 }: FcmOptions): Promise<PushService> => {
  const { deleteApp, initializeApp } = await import('firebase-admin/app')
  const { getMessaging } = await import('firebase-admin/messaging')
  const { projectId, credential, agent } = access
  const own = new Agent({ keepAlive: true, maxSockets: mostAtOnce })
  const app = initializeApp({ projectId, credential, httpAgent: agent ?? own }, randomUUID())
  const messaging = getMessaging(app)

  const one = async ({ target }: Wake): Promise<WakeOutcome> => {
    if (target.kind !== 'fcm') return wrongKind
    const answered = new AbortController()
    const late = sleep(answerMs, noAnswer, { signal: answered.signal, ref: false })
    const sent = messaging.send(messageFor(target.token)).then(
      (): WakeOutcome => ({ kind: 'sent' }),
      (error: unknown) => failureOf(error, now()),
    )
    return Promise.race([sent, late]).finally(() => answered.abort())
  }
  const close = async (): Promise<void> => {
    await deleteApp(app)
    own.destroy()
  }
  return { kind: 'fcm', wake: (wakes) => eachOf(wakes, mostAtOnce, one), close }
}

const unusable = (reason: string): OperatorError => new OperatorError(`BACKSCROLL_FCM_CREDENTIALS_FILE ${reason}`)

/** Reads the key of a service account, as downloaded from Google's console. Rejects with an `OperatorError`. */
export const readFcmAccess = async (file: string): Promise<FcmAccess> => {
  const text = await readFile(file, 'utf8').catch(() => {
    throw unusable('cannot be read: check the path and who may read it')
  })
  const { cert } = await import('firebase-admin/app')
  try {
    const account: { readonly project_id?: unknown } = JSON.parse(text)
    if (typeof account.project_id !== 'string') throw new Error('no project')
    return { projectId: account.project_id, credential: cert(JSON.parse(text)) }
  } catch {
    throw unusable('is no key of a service account')
  }
}
