import { Agent as PlainAgent, request as plain, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as secure } from 'node:https'
import webpush from 'web-push'
import { eachOf } from '../../src/runtime/each-of.ts'
import type { BrowserSubscription, PushEndpoints } from '../server/push-endpoints.ts'

const mostAtOnce = 64

interface BareRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Buffer
}

/** The requests of a notifier, made before, and nothing else. */
const sender = (send: typeof plain, more: RequestOptions) => (asked: readonly BareRequest[]) =>
  eachOf(
    asked,
    mostAtOnce,
    ({ url, headers, body }) =>
      new Promise<void>((done, fail) => {
        const sent = send(url, { method: 'POST', headers, ...more }, (response) => {
          response.resume().on('end', () => ((response.statusCode ?? 0) < 300 ? done() : fail(new Error('refused'))))
        })
        sent.on('error', fail)
        sent.end(body)
      }),
  )

const json = { 'content-type': 'application/json' }

const pooled = { keepAlive: true, maxSockets: mostAtOnce }

export const bareFcm = ({ fcmPort }: PushEndpoints, tokens: readonly string[]) => {
  const send = sender(plain, { agent: new PlainAgent(pooled) })
  const asked = tokens.map((token) => ({
    url: `http://127.0.0.1:${fcmPort}/v1/projects/p/messages:send`,
    headers: { ...json, authorization: 'Bearer token' },
    body: Buffer.from(JSON.stringify({ message: { token, data: { backscroll: 'wake' } } })),
  }))
  return () => send(asked)
}

export const bareWebhook = ({ webhookUrl }: PushEndpoints, users: readonly string[]) => {
  const send = sender(plain, { agent: new PlainAgent(pooled) })
  const asked = users.map((userId) => ({
    url: webhookUrl,
    headers: json,
    body: Buffer.from(JSON.stringify({ type: 'wake', data: { userId } })),
  }))
  return () => send(asked)
}

/** The bodies are encrypted before, too. */
export const bareWebPush = (
  { ca }: PushEndpoints,
  subscriptions: readonly BrowserSubscription[],
  vapid: { readonly publicKey: string; readonly privateKey: string },
) => {
  const send = sender(secure as typeof plain, { agent: new SecureAgent({ ...pooled, ca }) })
  const details = { vapidDetails: { subject: 'mailto:admin@example.org', ...vapid }, TTL: 60 }
  const asked = subscriptions.map((subscription) => {
    const { endpoint: url, headers, body } = webpush.generateRequestDetails(subscription, '{}', details)
    return { url, headers: headers as BareRequest['headers'], body: Buffer.from(body ?? '') }
  })
  return () => send(asked)
}
