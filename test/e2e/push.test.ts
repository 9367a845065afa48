import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { subscribeToPush, unsubscribeFromPush } from '../../packages/client/src/push/browser-push.ts'
import { createMemoryStore } from '../../packages/client/src/stores/memory-store.ts'
import { issueToken } from '../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'
import { eventually } from '../support/client/client-log.ts'
import { createWorldClients, type WorldClients } from '../support/client/world-clients.ts'
import { type BrowserPush, startBrowserPush } from '../support/push/browser-push-double.ts'
import { createPushWorker } from '../support/push/push-worker.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'

const graceMs = 1_500
const quietMs = 3_000

let push: BrowserPush
let server: ServerProcess
let clients: WorldClients

beforeAll(async () => {
  push = await startBrowserPush()
  server = await openServer({
    env: {
      NODE_EXTRA_CA_CERTS: push.caFile,
      BACKSCROLL_PUSH_CONTACT: 'mailto:admin@example.org',
      BACKSCROLL_PUSH_ENDPOINTS: push.origin,
      BACKSCROLL_PUSH_GRACE_MS: String(graceMs),
      BACKSCROLL_PUSH_QUIET_MS: String(quietMs),
    },
    documented: true,
  })
  await server.start()
  const keys = await createLocalKeys(join(server.directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const token = (user: string, device: string, ttl = 3600) => issueToken(by, { user, device, roles: ['user'], ttl })
  clients = createWorldClients({ url: server.url, token, newStore: createMemoryStore })
})
afterAll(async () => {
  await clients.close()
  await server.discard()
  await push.close()
})

const connect = async (user: string, device = 'phone', store = createMemoryStore()) => {
  const client = await clients.client(user, device, { store })
  const texts: unknown[] = []
  client.on('message', ({ content }) => void texts.push(content?.type === 'text' ? content.body.text : undefined))
  client.start()
  await client.whenLive()
  return { client, texts, store }
}

/** A phone that registers a target and then disconnects. */
const awayPhone = async (user: string) => {
  const phone = await connect(user)
  const browser = createPushWorker(push, user)
  await subscribeToPush(phone.client, browser.worker)
  await phone.client.close()
  return { ...phone, browser }
}
const pushesTo = (user: string) => push.delivered.filter(({ to }) => to.startsWith(`${user}-`))

describe('a single process', () => {
  it('wakes a phone that is away, once and without content, and the phone fetches the message', async () => {
    const bob = await awayPhone('bob')
    const ann = await connect('ann')
    for (const text of ['one', 'two', 'three']) await ann.client.send({ user: 'bob' }, { text })
    await eventually(() => pushesTo('bob').length > 0, 'the wake-up')
    expect(JSON.parse(pushesTo('bob')[0]?.payload ?? '')).toEqual({ backscroll: 'wake' })
    const back = await connect('bob', 'phone', bob.store)
    await eventually(() => back.texts.length === 3, 'the messages')
    await sleep(graceMs + quietMs + 1_000)
    expect(pushesTo('bob')).toHaveLength(1)
  })

  it('wakes no user whose other device confirms the message', async () => {
    const phone = await connect('cid')
    const laptop = await connect('cid', 'laptop')
    await subscribeToPush(phone.client, createPushWorker(push, 'cid').worker)
    await phone.client.close()
    const meg = await connect('meg')
    await meg.client.send({ user: 'cid' }, { text: 'hello' })
    await eventually(() => laptop.texts.length === 1, 'the message at the laptop')
    await sleep(graceMs + 1_500)
    expect(pushesTo('cid')).toEqual([])
  })

  it('wakes remaining users after a kill, and nobody twice', async () => {
    await awayPhone('dan')
    const eve = await connect('eve')
    await eve.client.send({ user: 'dan' }, { text: 'before the kill' })
    await server.stop('SIGKILL')
    expect(pushesTo('dan')).toEqual([])
    await server.start()
    await eventually(() => pushesTo('dan').length > 0, 'the wake-up after the kill')
    await server.stop('SIGKILL')
    await server.start()
    await sleep(graceMs + quietMs + 1_000)
    expect(pushesTo('dan')).toHaveLength(1)
  })

  it('no longer wakes a device that has unsubscribed, or has signed out with its data kept', async () => {
    const [fay, gil] = [await connect('fay'), await connect('gil')]
    const worker = createPushWorker(push, 'fay')
    await subscribeToPush(fay.client, worker.worker)
    await subscribeToPush(fay.client, worker.worker)
    expect(worker.subscriptions()).toBe(1)
    await unsubscribeFromPush(fay.client, worker.worker)
    expect(worker.isSubscribed()).toBe(false)
    await subscribeToPush(gil.client, createPushWorker(push, 'gil').worker)
    await gil.client.signOut({ keepData: true })
    await fay.client.close()
    const ann = await connect('hal')
    for (const user of ['fay', 'gil']) await ann.client.send({ user }, { text: 'are you there' })
    await sleep(graceMs + 1_500)
    expect([pushesTo('fay'), pushesTo('gil')]).toEqual([[], []])
  })

  it('stores, shows and respects the quiet hours of a user', async () => {
    const ida = await connect('ida')
    await subscribeToPush(ida.client, createPushWorker(push, 'ida').worker)
    const quietHours = { from: '00:00', to: '00:00', timeZone: 'Asia/Kolkata' }
    expect(await ida.client.push.setPreferences({ quietHours })).toEqual({ quietHours })
    expect(await ida.client.push.preferences()).toEqual({ quietHours })
    await ida.client.close()
    const jon = await connect('jon')
    await jon.client.send({ user: 'ida' }, { text: 'at night' })
    await sleep(graceMs + 1_500)
    expect(pushesTo('ida')).toEqual([])
  })

  it('wakes no device of a user who has muted the conversation, and goes on waking it for others', async () => {
    const moe = await connect('moe')
    await subscribeToPush(moe.client, createPushWorker(push, 'moe').worker)
    const [nat, oli] = [await connect('nat'), await connect('oli')]
    await moe.client.mute({ user: 'nat' })
    await moe.client.close()
    await nat.client.send({ user: 'moe' }, { text: 'are you there' })
    await sleep(graceMs + 1_500)
    expect(pushesTo('moe')).toEqual([])
    await oli.client.send({ user: 'moe' }, { text: 'and for me' })
    await eventually(() => pushesTo('moe').length === 1, 'the wake-up for the other conversation')
  })

  it('drops the target of a browser that is gone, and counts it in the metrics', async () => {
    await awayPhone('kim')
    push.answer('kim-1', { status: 410 })
    const before = push.requests()
    const metrics = async () => (await fetch(`${server.url}/metrics`)).text()
    const lea = await connect('lea')
    await lea.client.send({ user: 'kim' }, { text: 'hello' })
    await eventually(() => push.requests() > before, 'the request')
    await expect.poll(metrics).toMatch(/backscroll_pushes_total\{service="webpush",outcome="gone"\} 1/)
    expect(await metrics()).toMatch(/backscroll_push_failures_total\{service="webpush",code="status_410"\} 1/)
  })
})
