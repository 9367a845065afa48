import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { eventually } from '../../support/client/client-world.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'

let cluster: MemoryCluster | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster?.close()
})

const open = async (logs: number, more: Readonly<Record<string, string>> = {}): Promise<MemoryCluster> => {
  const env = {
    BACKSCROLL_RECEIPT_WINDOW_MS: '50',
    BACKSCROLL_GROUPS_FROM: '',
    BACKSCROLL_CONVERSATIONS_PER_HOUR: '4',
    ...more,
  }
  cluster = await openMemoryCluster(env, logs)
  return cluster
}

const connect = async ({ directory }: MemoryCluster, url: string, user: string, store = createMemoryStore()) => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const token = () => issueToken(by, { user, device: 'phone', roles: ['user'], ttl: 3600 })
  const client = await createClient({ url, token, userId: user, deviceId: 'phone', store })
  clients.push(client)
  const [texts, requests]: [string[], string[]] = [[], []]
  client.on('message', ({ content }) => void texts.push(content?.type === 'text' ? content.body.text : '?'))
  client.on('request', ({ state }) => void requests.push(state))
  client.start()
  await client.whenLive()
  return { client, texts, requests }
}

const twoGateways = async (logs: number) => {
  const world = await open(logs)
  for (const roles of [['relay'], ['projector'], ['worker']] as const) await world.start(roles)
  const [one, two] = [await world.start(['api', 'gateway']), await world.start(['api', 'gateway'])]
  return { world, one: one.url, two: two.url }
}

describe.each([1, 3])('consent in a cluster with %i logs', (logs) => {
  it('a request made at one process is heard, answered and settled at another, and nothing of it is lost', async () => {
    const { world, one, two } = await twoGateways(logs)
    const [mallory, bob] = [await connect(world, one, 'mallory'), await connect(world, two, 'bob')]
    const { conversationId: id, done } = mallory.client.createGroup({ members: ['bob'] })
    await done
    await mallory.client.send(id, { text: 'before' })
    await eventually(() => bob.requests.length === 1, 'the request')
    expect(bob.texts).toEqual([])
    await bob.client.accept(id)
    await eventually(() => bob.texts.length === 1, 'what was said before')
    await mallory.client.send(id, { text: 'after' })
    await bob.client.send(id, { text: 'hello' })
    await eventually(() => bob.texts.length === 3 && mallory.texts.length === 3, 'what is said now')
    expect(bob.texts).toEqual(['before', 'after', 'hello'])
    expect(bob.requests).toEqual(['waiting', 'accepted'])
  })

  it('a block that is made at one process counts at once at the other', async () => {
    const { world, one, two } = await twoGateways(logs)
    const [mallory, bob] = [await connect(world, one, 'mallory'), await connect(world, two, 'bob')]
    const other = await connect(world, one, 'other')
    await bob.client.block('mallory')
    await mallory.client.send({ user: 'bob' }, { text: 'hello?' })
    const { done } = other.client.createGroup({ members: ['bob'] })
    await done
    await eventually(() => bob.requests.length === 1, 'the request of somebody else')
    expect(await bob.client.requests()).toMatchObject([{ from: 'other' }])
    expect(bob.texts).toEqual([])
  })
})

it('what waits as a request wakes nobody, and what is accepted does', async () => {
  const world = await open(1, { BACKSCROLL_DIRECT_FROM: 'known', BACKSCROLL_PUSH_GRACE_MS: '50' })
  const { url } = await world.start(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])
  const woken = (user: string) => world.hubs.pushed.filter(({ userId }) => userId === user).length
  const stores = { bob: createMemoryStore(), dora: createMemoryStore() }
  const mallory = await connect(world, url, 'mallory')
  const bob = await connect(world, url, 'bob', stores.bob)
  const dora = await connect(world, url, 'dora', stores.dora)
  // Dora talks with Mallory, so only Bob is asked about the group.
  await dora.client.send({ user: 'mallory' }, { text: 'hello' })
  await eventually(() => mallory.requests.length === 1, 'the request of Dora')
  await mallory.client.accept((await mallory.client.requests())[0]?.conversationId ?? '')
  await eventually(() => mallory.texts.length === 1, 'what Dora said')
  const { conversationId: id, done } = mallory.client.createGroup({ members: ['dora', 'bob'] })
  await done
  await eventually(() => bob.requests.length === 1, 'the request to Bob')
  await bob.client.close()
  await dora.client.close()

  await mallory.client.send({ user: 'bob' }, { text: 'are you there?' })
  // One message to both: who is woken for it is decided at once.
  await mallory.client.send(id, { text: 'to Dora and Bob' })
  await eventually(() => woken('dora') > 0, 'Dora is woken')
  expect(woken('bob')).toBe(0)

  const again = await connect(world, url, 'bob', stores.bob)
  await again.client.accept(id)
  await eventually(() => again.texts.includes('to Dora and Bob'), 'Bob is in')
  await again.client.close()
  expect(woken('bob')).toBe(0)
  await mallory.client.send(id, { text: 'to both again' })
  await eventually(() => woken('bob') > 0, 'Bob is woken')
}, 60_000)

it('caps hold over all processes together', async () => {
  const { world, one, two } = await twoGateways(1)
  const store = createMemoryStore()
  const { client } = await connect(world, one, 'ann', store)
  for (let n = 0; n < 4; n += 1) await client.createGroup({ members: [] }).done
  await client.close()
  const moved = await connect(world, two, 'ann', store)
  void moved.client.createGroup({ members: [] })
  const waitsFor = () => moved.client.pendingCommands()[0]?.state.name
  await eventually(() => waitsFor() === 'waiting_for_limit', 'the limit at the other process')
})
