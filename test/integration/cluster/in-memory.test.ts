import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { createLogOf, evenSlotMap, ownersOf } from '../../../src/event-log/routing/slot-map.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { eventually } from '../../support/client/client-world.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { callerOf } from '../../support/server/rest.ts'

let cluster: MemoryCluster | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster?.close()
})

const open = async (logs: number, env: Readonly<Record<string, string>> = {}): Promise<MemoryCluster> => {
  cluster = await openMemoryCluster({ BACKSCROLL_RECEIPT_WINDOW_MS: '50', ...env }, logs)
  return cluster
}

const tokenOf = async ({ directory }: MemoryCluster, user: string, device: string): Promise<string> => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
  return issueToken(by, { user, device, roles: ['user'], ttl: 3600 })
}

interface ConnectOptions {
  /** What lets in a user's next device. */
  readonly recoveryKey?: string
  readonly fetch?: typeof fetch
  readonly random?: () => number
}

const connect = async (
  world: MemoryCluster,
  url: string,
  user: string,
  device = 'phone',
  store = createMemoryStore(),
  { recoveryKey, ...more }: ConnectOptions = {},
) => {
  const token = () => tokenOf(world, user, device)
  const client = await createClient({ url, token, userId: user, deviceId: device, store, ...more })
  clients.push(client)
  if (recoveryKey !== undefined) client.on('approval_needed', () => client.recover(recoveryKey))
  const texts: string[] = []
  client.on('message', ({ plaintext, content }) => {
    texts.push(content?.type === 'text' ? content.body.text : String(plaintext))
  })
  client.start()
  await client.whenLive()
  return { client, texts }
}

describe.each([1, 3])('a cluster with %i logs', (logs) => {
  it('lets two users at two gateways talk: relay, projectors and fan-out are processes of their own', async () => {
    const world = await open(logs)
    await world.start(['relay'])
    await world.start(['projector'])
    await world.start(['projector'])
    const one = await world.start(['api', 'gateway', 'worker'])
    const two = await world.start(['api', 'gateway'])
    const ann = await connect(world, one.url, 'ann')
    const bob = await connect(world, two.url, 'bob')
    for (let n = 0; n < 20; n += 1) await ann.client.send({ user: 'bob' }, { text: `a${n}` })
    await bob.client.send({ user: 'ann' }, { text: 'b' })
    const expected = [...Array.from({ length: 20 }, (_, n) => `a${n}`), 'b']
    await eventually(() => bob.texts.length >= 21 && ann.texts.length >= 21, 'all messages at both')
    expect(bob.texts).toEqual(expected)
    expect(ann.texts).toEqual(expected)
  })
})

type Connected = Pick<Awaited<ReturnType<typeof connect>>, 'client'>

describe('accounts that another process of the cluster changed a moment ago', () => {
  const ask = async (world: MemoryCluster, url: string, path: string, { client }: Connected, device = 'phone') =>
    callerOf(url, await tokenOf(world, 'ann', device), client.prover())('GET', path)

  const twoGateways = async () => {
    const world = await open(1)
    await world.start(['relay', 'projector', 'worker'])
    const [one, two] = [await world.start(['api', 'gateway']), await world.start(['api', 'gateway'])]
    const ann = await connect(world, one.url, 'ann')
    const recoveryKey = await ann.client.createRecoveryKey()
    return { world, one, two, ann, recoveryKey }
  }

  it('count at once: a device that came in through one gateway joins a group that is begun through the other', async () => {
    const { world, one, two, ann, recoveryKey } = await twoGateways()
    const refused: string[] = []
    const watched: typeof fetch = async (...call) => {
      const response = await fetch(...call)
      if (!response.ok) refused.push(`${response.status} ${await response.clone().text()}`)
      return response
    }
    const bob = await connect(world, one.url, 'bob', 'phone', createMemoryStore(), { fetch: watched })
    // What this gateway remembers of ann from now on lacks her laptop.
    expect((await ask(world, one.url, '/me', ann)).status).toBe(200)
    const laptop = await connect(world, two.url, 'ann', 'laptop', createMemoryStore(), { recoveryKey })
    expect((await ask(world, one.url, '/devices', ann)).json).toMatchObject({
      devices: [{ deviceId: 'phone' }, { deviceId: 'laptop' }],
    })
    await bob.client.send({ user: 'ann' }, { text: 'to both' })
    await eventually(() => laptop.texts.length === 1, 'the message on the laptop')
    expect(refused).toEqual([])
  })

  it('count at once: a device that was revoked through one process is refused by the others', async () => {
    const { world, one, two, ann, recoveryKey } = await twoGateways()
    const api = await world.start(['api'])
    const laptop = await connect(world, two.url, 'ann', 'laptop', createMemoryStore(), { recoveryKey })
    const asked = () => Promise.all([one, two, api].map(({ url }) => ask(world, url, '/me', laptop, 'laptop')))
    expect((await asked()).map(({ status }) => status)).toEqual([200, 200, 200])
    await ann.client.revokeDevice('laptop')
    // What was remembered before would count for five seconds.
    const until = performance.now() + 2_000
    let answers = await asked()
    while (answers.some(({ status }) => status !== 401) && performance.now() < until) answers = await asked()
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
  })
})

describe('sockets at another process whose access has ended', () => {
  /** Ann's laptop is connected at `two`; her phone, at `one`, ends that. */
  const laptopAtAnother = async () => {
    const world = await open(1)
    await world.start(['relay', 'projector', 'worker'])
    const [one, two] = [await world.start(['api', 'gateway']), await world.start(['api', 'gateway'])]
    const ann = await connect(world, one.url, 'ann')
    const recoveryKey = await ann.client.createRecoveryKey()
    const laptop = await connect(world, two.url, 'ann', 'laptop', createMemoryStore(), { recoveryKey })
    return { world, ann, laptop }
  }
  const stopped = ({ client }: { readonly client: BackscrollClient }) => client.state().name === 'stopped'

  it('are closed by the event in the log when the message that says so is lost', async () => {
    const { world, ann, laptop } = await laptopAtAnother()
    world.hubs.channels.listeners.get('revocations')?.clear()
    await ann.client.revokeDevice('laptop')
    await eventually(() => stopped(laptop), 'the laptop is sent away', 3_000)
    expect(ann.client.state().name).toBe('live')
  })

  it('are closed when the channels are back, with the log away as well', async () => {
    const { world, ann, laptop } = await laptopAtAnother()
    world.hubs.channels.listeners.get('revocations')?.clear()
    for (const log of world.hubs.logs) log.away()
    const revoking = ann.client.revokeDevice('laptop').catch(() => {})
    await sleep(500)
    expect(stopped(laptop)).toBe(false)
    world.hubs.channels.interrupt()
    await eventually(() => stopped(laptop), 'the laptop is sent away', 3_000)
    for (const log of world.hubs.logs) log.back()
    await revoking
  })
})

describe('a cluster whose bus stands still', () => {
  it('makes no device pass over what others wrote before its own message, however long that takes to come [P4]', async () => {
    const world = await open(1)
    const relay = await world.start(['relay'])
    const server = await world.start(['api', 'gateway', 'worker', 'projector'])
    // Asks for what is missing again and again within moments.
    const impatient = { random: () => 0.001 }
    const ann = await connect(world, server.url, 'ann', 'phone', createMemoryStore(), impatient)
    const bob = await connect(world, server.url, 'bob', 'phone', createMemoryStore(), impatient)
    await ann.client.send({ user: 'bob' }, { text: 'first' })
    await eventually(() => bob.texts.length === 1 && ann.texts.length === 1, 'the first message')
    // The views have it as well: a sync is served, without what stands on the bus.
    await sleep(1_500)
    await relay.stop()
    await ann.client.send({ user: 'bob' }, { text: 'ann, meanwhile' })
    await bob.client.send({ user: 'ann' }, { text: 'bob, meanwhile' })
    await sleep(1_500)
    await world.start(['relay'])
    const expected = ['first', 'ann, meanwhile', 'bob, meanwhile']
    await eventually(() => ann.texts.length >= 3 && bob.texts.length >= 3, 'all of it at both')
    expect(ann.texts).toEqual(expected)
    expect(bob.texts).toEqual(expected)
  })
})

describe('the notifier of a cluster', () => {
  it('wakes who is away, and nobody who is there or who wrote it', async () => {
    const world = await open(3, { BACKSCROLL_PUSH_GRACE_MS: '300' })
    const server = await world.start(['api', 'gateway', 'worker', 'relay', 'projector'])
    const ann = await connect(world, server.url, 'ann')
    const bob = await connect(world, server.url, 'bob')
    await ann.client.send({ user: 'bob' }, { text: 'are you there' })
    await eventually(() => bob.texts.length === 1, 'the message at bob')
    await bob.client.close()
    await world.start(['notifier'])
    for (let n = 0; n < 5; n += 1) await ann.client.send({ user: 'bob' }, { text: `${n}` })
    await eventually(() => world.hubs.pushed.length > 0, 'the wake-up')
    for (let n = 0; n < 5; n += 1) await ann.client.send({ user: 'bob' }, { text: `again ${n}` })
    await sleep(1_500)
    expect(world.hubs.pushed).toEqual([{ id: expect.any(String), userId: 'bob', target: { kind: 'webhook' } }])
  })
})

describe('a cluster of which one log is away', () => {
  /** Two users whose direct conversations with `hub` are in different logs. */
  const peersIn = (hub: string, logs: number): readonly string[] => {
    const owners = ownersOf(evenSlotMap('a set', logs)) ?? new Uint8Array()
    const logOf = createLogOf(owners)
    return Array.from({ length: logs }, (_, wanted) => {
      const names = Array.from({ length: 100 }, (_, n) => `peer${n}`)
      const found = names.find((name) => logOf(`conversation-${directConversationId(hub, name)}`) === wanted)
      return found ?? ''
    })
  }

  it('serves the others, tells a device that comes what it lacks, and brings that when the log is back', async () => {
    const world = await open(3, { BACKSCROLL_HEARTBEAT_MS: '200' })
    const [near = '', far = ''] = peersIn('ann', 3)
    const server = await world.start(['api', 'gateway', 'worker', 'relay', 'projector'])
    const store = createMemoryStore()
    const [nearPeer, farPeer] = [await connect(world, server.url, near), await connect(world, server.url, far)]
    const ann = await connect(world, server.url, 'ann', 'phone', store)
    await nearPeer.client.send({ user: 'ann' }, { text: 'near 1' })
    await farPeer.client.send({ user: 'ann' }, { text: 'far 1' })
    await eventually(() => ann.texts.length >= 2, 'the first of both')
    await ann.client.close()
    await farPeer.client.send({ user: 'ann' }, { text: 'far 2' })

    world.hubs.logs[1]?.away()
    await nearPeer.client.send({ user: 'ann' }, { text: 'near 2' })
    const again = await connect(world, server.url, 'ann', 'phone', store)
    await nearPeer.client.send({ user: 'ann' }, { text: 'near 3' })
    await eventually(() => again.texts.length >= 2, 'what the other logs have')
    expect(again.texts).toEqual(['near 2', 'near 3'])
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^backscroll_silent_logs 1$/m)

    world.hubs.logs[1]?.back()
    await eventually(() => again.texts.length >= 3, 'what the log had')
    await farPeer.client.send({ user: 'ann' }, { text: 'far 3' })
    await eventually(() => again.texts.length >= 4, 'what follows')
    expect(again.texts).toEqual(['near 2', 'near 3', 'far 2', 'far 3'])
  })
  it('is ready as long as one of its logs answers', async () => {
    const world = await open(2)
    const server = await world.start(['api', 'gateway', 'worker', 'relay', 'projector'])
    const status = async () => (await fetch(`${server.url}/readyz`)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    world.hubs.logs[0]?.away()
    await expect.poll(status).toBe(200)
    world.hubs.logs[1]?.away()
    await expect.poll(status).toBe(503)
    for (const log of world.hubs.logs) log.back()
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
  })
})
