import { randomUUID } from 'node:crypto'
import { Agent } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFcm } from '../../src/adapters/fcm/open-fcm.ts'
import { openAccountsFile } from '../../src/adapters/sql/database/open-sqlite.ts'
import { createWebhookPush } from '../../src/adapters/webhook/push.ts'
import { createWebPush } from '../../src/adapters/webpush/create-webpush.ts'
import { openPushTarget, sealPushTarget } from '../../src/identity/accounts/devices/sealed-push-target.ts'
import { createSealer } from '../../src/identity/tokens/keys/sealing-key.ts'
import { readVapidKeys } from '../../src/identity/tokens/keys/vapid-keys.ts'
import type { Sealer } from '../../src/ports/identity/sealer.ts'
import type { PushService, PushTarget } from '../../src/ports/push.ts'
import { createWakeDevices } from '../../src/processes/push/wake-devices.ts'
import { createWakeJudge } from '../../src/processes/push/wake-judge.ts'
import { createAllowedHosts } from '../../src/runtime/allowed-hosts.ts'
import { bareFcm, bareWebhook, bareWebPush } from '../floor/bare-pushes.ts'
import { type Cost, costOf } from '../load/cost.ts'
import { type Child, startChild } from '../process/start-child.ts'
import { medianCost } from '../report/cost-row.ts'
import { number, type Row } from '../report/row.ts'
import type { BrowserSubscription, PushEndpoints } from '../server/push-endpoints.ts'
import type { Bench, BenchContext } from './bench.ts'

const endpointsModule = fileURLToPath(new URL('../server/push-endpoints.ts', import.meta.url))
const quietMs = 30_000
const conversationId = 'one conversation'

/** One kind of service, with the targets of all devices. */
interface Way {
  readonly name: string
  readonly service: PushService
  readonly targetOf: (index: number) => PushTarget
  readonly bare: () => Promise<unknown>
}

const fcmOf = (endpoints: PushEndpoints, count: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  agent.createConnection = () => connect(endpoints.fcmPort, '127.0.0.1')
  const credential = { getAccessToken: async () => ({ access_token: 'token', expires_in: 3_600 }) }
  const tokens = Array.from({ length: count }, (_, index) => `token-${index}`)
  return { access: { projectId: 'p', credential, agent }, tokens, bare: bareFcm(endpoints, tokens) }
}

const waysOf = async (endpoints: Child, directory: string, count: number): Promise<readonly Way[]> => {
  const at = await endpoints.call<PushEndpoints>('endpoints')
  const subscriptions = await endpoints.call<readonly BrowserSubscription[]>('subscribe', { count })
  const vapid = await readVapidKeys(join(directory, 'keys'))
  const fcm = fcmOf(at, count)
  const allowed = createAllowedHosts([at.origin])
  const contact = 'mailto:admin@example.org'
  const webpush = createWebPush({ vapid, contact, allowed, now: Date.now, ca: at.ca })
  const subscription = (index: number): PushTarget => {
    const found = subscriptions[index]
    if (found === undefined) throw new Error('every device has a subscription')
    return { kind: 'webpush', ...found }
  }
  return [
    {
      name: 'Firebase',
      service: await openFcm(fcm.access, { now: Date.now }),
      targetOf: (index) => ({ kind: 'fcm', token: `token-${index}` }),
      bare: fcm.bare,
    },
    { name: 'Web Push', service: webpush, targetOf: subscription, bare: bareWebPush(at, subscriptions, vapid) },
    {
      name: 'Webhook',
      service: createWebhookPush({ url: at.webhookUrl, secret: 'a secret of the bench', now: Date.now }),
      targetOf: () => ({ kind: 'webhook' }),
      bare: bareWebhook(
        at,
        fcm.tokens.map((_, index) => `person-${index}`),
      ),
    },
  ]
}

type Store = Awaited<ReturnType<typeof openAccountsFile>>

const registerAll = async (store: Store, sealer: Sealer, { service, targetOf }: Way, users: readonly string[]) => {
  await store.provision(users.map((userId) => ({ userId, deviceId: 'phone', at: 0 })))
  for (const [index, userId] of users.entries()) {
    const target = targetOf(index)
    if (target.kind === 'webhook') continue
    const owner = { userId, deviceId: 'phone' }
    const row = { ...owner, kind: target.kind, target: await sealPushTarget(sealer, owner, target), at: 0 }
    await store.registerPush({ ...row, hash: `${service.kind}-${index}` })
  }
}

/** One round: every device is owed a wake-up, and all are woken. */
const createRounds = (store: Store, sealer: Sealer, { service }: Way, users: readonly string[]) => {
  let now = Date.now()
  const shared = { store, graceMs: 0, now: () => now }
  const everything = async <Item>(items: readonly Item[]) => items
  const judge = createWakeJudge({
    ...{ ...shared, unacknowledged: everything, unmuted: everything, deadAfterMs: 75_000 },
    liveAmong: async () => new Set<string>(),
  })
  let sent = 0
  const wakeDevices = createWakeDevices({
    ...{ ...shared, service, judge, quietMs, random: Math.random },
    openTarget: async (wake) =>
      wake.kind === 'webhook' ? { kind: 'webhook' } : openPushTarget(sealer, wake, wake.target),
    watch: { onSettled: (_kind, what) => (sent += what === 'sent' ? 1 : 0), onFailed: () => {}, onTrouble: () => {} },
  })
  return async (seq: number): Promise<void> => {
    now += 2 * quietMs
    sent = 0
    const messages = users.map((userId) => ({ userId, conversationId, seq, at: now }))
    await store.owePushes(messages, now, service.kind === 'webhook')
    while ((await wakeDevices()).due > 0);
    if (sent !== users.length) throw new Error(`${sent} of ${users.length} devices were woken`)
  }
}

const text = ({ ms, cpuMs }: Cost): string => `${number(1000 / ms, 'a second')}, CPU ${number(cpuMs * 1000, 'us')}`

const measure = async (way: Way, { directory, quick, progress }: BenchContext, count: number): Promise<Row> => {
  const own = join(directory, randomUUID())
  const store = await openAccountsFile({ directory: own })
  const sealer = createSealer(join(directory, 'keys'))
  const users = Array.from({ length: count }, (_, index) => `person-${index}`)
  await registerAll(store, sealer, way, users)
  const round = createRounds(store, sealer, way, users)
  const [ours, bare]: [Cost[], Cost[]] = [[], []]
  for (let number = 0; number <= (quick ? 3 : 5); number += 1) {
    const costs = [(await costOf(() => round(number + 1), count)).cost, (await costOf(way.bare, count)).cost] as const
    if (number === 0) continue
    ours.push(costs[0])
    bare.push(costs[1])
    progress(`${way.name}: ${text(costs[0])}; bare ${text(costs[1])}`)
  }
  await store.close()
  const [measured, floor] = [medianCost(ours), medianCost(bare)]
  return {
    figure: `${way.name}: wake-ups, and CPU of each`,
    measured: `${text(measured)} (${number(measured.cpuMs / floor.cpuMs, '')} times)`,
    floor: text(floor),
  }
}

export const push: Bench = {
  name: 'push',
  title: 'Devices are woken',
  method:
    'As many users as devices (2,000; 500 in a quick run) are owed a wake-up in the accounts database (SQLite), and all are woken through one service: rows claimed, judged, targets opened, requests made, rows settled. The services are doubles in a process of their own; that of browsers checks and decrypts each request. CPU is that of all threads of the process that wakes. The floor is the same number of requests to the same double, 64 at once, prepared and (for Web Push) encrypted before. They take turns; medians of the rounds.',
  run: async (context) => {
    const count = context.quick ? 500 : 2_000
    const endpoints = startChild({ module: endpointsModule })
    try {
      const ways = await waysOf(endpoints, context.directory, count)
      const rows: Row[] = []
      for (const way of ways) rows.push(await measure(way, context, count))
      for (const { service } of ways) await service.close()
      return rows
    } finally {
      await endpoints.stop()
    }
  },
}
