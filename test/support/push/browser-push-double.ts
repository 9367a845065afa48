import { mkdtemp, readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestCertificate } from '../engines/test-certificate.ts'
import { checkVapid, createSubscription, type VapidClaims } from './browser-subscription.ts'
import { createScript } from './scripted-answers.ts'

export interface DeliveredPush {
  readonly to: string
  /** Arrival time in milliseconds of a monotonic clock. */
  readonly at: number
  /** The text as the browser decrypts it. */
  readonly payload: string
  readonly headers: IncomingMessage['headers']
  readonly vapid: { readonly key: string; readonly claims: VapidClaims }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * A push service with its browsers. It checks the sender, refuses what RFC 8030 and RFC 8292 refuse, and decrypts
 * each message as a browser does.
 */
export const startBrowserPush = async () => {
  const certificate = await createTestCertificate(await mkdtemp(join(tmpdir(), 'backscroll-push-')))
  const subscriptions = new Map<string, ReturnType<typeof createSubscription>>()
  const delivered: DeliveredPush[] = []
  const script = createScript({ status: 201 })
  let requests = 0
  let origin = ''

  const take = (to: string, headers: IncomingMessage['headers'], body: Buffer): number => {
    const subscription = subscriptions.get(to)
    if (subscription === undefined) return 404
    if (headers['content-encoding'] !== 'aes128gcm' || headers.ttl === undefined) return 400
    const vapid = checkVapid(headers.authorization ?? '')
    if (vapid.claims.aud !== origin || vapid.claims.exp * 1000 < Date.now()) return 403
    delivered.push({ to, at: performance.now(), payload: subscription.open(body), headers, vapid })
    return 201
  }

  const server = createServer({ key: certificate.key, cert: certificate.cert }, async (request, response) => {
    requests += 1
    const to = request.url?.slice(1) ?? ''
    const body = await bodyOf(request)
    const answer = script.next(to)
    if (answer === 'hang') return
    const status = answer.status === 201 ? take(to, request.headers, body) : answer.status
    response.writeHead(status, answer.headers).end(answer.body)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    origin,
    ca: await readFile(certificate.caFile, 'utf8'),
    caFile: certificate.caFile,
    delivered,
    requests: () => requests,
    answer: script.answer,
    /** A browser that has subscribed. */
    subscribe: (to: string) => {
      const subscription = createSubscription()
      subscriptions.set(to, subscription)
      return { endpoint: `${origin}/${to}`, keys: subscription.keys }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export type BrowserPush = Awaited<ReturnType<typeof startBrowserPush>>
