import { createECDH } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openFcm } from '../../../src/adapters/fcm/open-fcm.ts'
import { createWebhookPush } from '../../../src/adapters/webhook/push.ts'
import { createWebPush } from '../../../src/adapters/webpush/create-webpush.ts'
import type { Wake } from '../../../src/ports/push.ts'
import { createAllowedHosts } from '../../../src/runtime/allowed-hosts.ts'
import { startBrowserPush } from '../../support/push/browser-push-double.ts'
import { fcmError, startFcm } from '../../support/push/fcm-double.ts'
import { createScript } from '../../support/push/scripted-answers.ts'
import { pushServiceContract } from './push-service.suite.ts'

const answerMs = 1_000
const wakeOf = (name: string, target: Wake['target']): Wake => ({ id: `id-of-${name}`, userId: name, target })

const plain = {
  gone: { status: 410 },
  busy: (seconds: string) => ({ status: 429, headers: { 'retry-after': seconds } }),
  trouble: { status: 500, body: 'x'.repeat(100_000) },
}

pushServiceContract('Web Push', plain, async () => {
  const push = await startBrowserPush()
  const pair = createECDH('prime256v1')
  const vapid = { publicKey: pair.generateKeys('base64url'), privateKey: pair.getPrivateKey('base64url') }
  const allowed = createAllowedHosts([push.origin])
  const contact = 'mailto:admin@example.org'
  const service = createWebPush({ vapid, contact, allowed, now: Date.now, answerMs, ca: push.ca })
  const targets = new Map<string, Wake['target']>()
  const stop = push.close
  let stopped = false
  return {
    service,
    wake: (name) => {
      const target = targets.get(name) ?? { kind: 'webpush', ...push.subscribe(name) }
      targets.set(name, target)
      return wakeOf(name, target)
    },
    answer: push.answer,
    woken: () => push.delivered.map(({ to }) => to),
    given: (name) => JSON.stringify(push.delivered.filter(({ to }) => to === name)),
    stop: async () => {
      stopped = true
      await stop()
    },
    remove: async () => {
      await service.close()
      if (!stopped) await stop()
    },
  }
})

const fcmAnswers = {
  gone: fcmError(404, 'UNREGISTERED'),
  busy: (seconds: string) => fcmError(429, 'QUOTA_EXCEEDED', { 'retry-after': seconds }),
  trouble: fcmError(500, 'INTERNAL'),
}

pushServiceContract('Firebase Cloud Messaging', fcmAnswers, async () => {
  const fcm = await startFcm()
  const credential = { getAccessToken: async () => ({ access_token: 'a-token', expires_in: 3600 }) }
  const service = await openFcm({ projectId: 'p', credential, agent: fcm.agent }, { now: Date.now, answerMs })
  const failed = new Set<string>()
  return {
    service,
    wake: (name) => wakeOf(name, { kind: 'fcm', token: name }),
    answer: (name, ...answers) => {
      failed.add(name)
      fcm.answer(name, ...answers)
    },
    woken: () => fcm.sent.map(({ message }) => message.token).filter((token) => !failed.has(token)),
    given: (name) => JSON.stringify(fcm.sent.filter(({ message }) => message.token === name)),
    stop: fcm.close,
    remove: async () => {
      await service.close()
      await fcm.close().catch(() => {})
    },
  }
})

pushServiceContract("The operator's webhook", plain, async () => {
  const script = createScript({ status: 200 })
  const given: { readonly userId: string; readonly all: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { userId } = JSON.parse(body).data
    const answer = script.next(userId)
    if (answer === 'hang') return
    if (answer.status === 200) given.push({ userId, all: `${body} ${JSON.stringify(request.headers)}` })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wake`
  const service = createWebhookPush({ url, secret: 'a secret of the two', now: Date.now, answerMs })
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return {
    service,
    wake: (name) => wakeOf(name, { kind: 'webhook' }),
    answer: script.answer,
    woken: () => given.map(({ userId }) => userId),
    given: (name) => JSON.stringify(given.filter(({ userId }) => userId === name)),
    stop,
    remove: async () => {
      await service.close()
      await stop()
    },
  }
})
