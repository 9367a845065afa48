import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
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

const connect = async ({ directory }: MemoryCluster, url: string, user: string) => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const token = () => issueToken(by, { user, device: 'phone', roles: ['user'], ttl: 3600 })
  const client = await createClient({ url, token, userId: user, deviceId: 'phone', store: createMemoryStore() })
  clients.push(client)
  client.on('error', () => {})
  client.start()
  await client.whenLive()
  return client
}

const watch = (client: BackscrollClient, userId: string) => {
  const view = client.presence.watch([userId])
  view.subscribe(() => {})
  return () => view.snapshot().presences[0]
}

/** Ann at one gateway and Bob at another; they have talked with each other. */
const open = async () => {
  const world = await openMemoryCluster({ BACKSCROLL_PRESENCE_TTL_MS: '1000', BACKSCROLL_DIRECT_FROM: 'everyone' })
  cluster = world
  for (const roles of [['relay'], ['projector'], ['worker']] as const) await world.start(roles)
  const [one, two] = [await world.start(['api', 'gateway']), await world.start(['api', 'gateway'])]
  const [ann, bob] = [await connect(world, one.url, 'ann'), await connect(world, two.url, 'bob')]
  const { conversationId } = await ann.send({ user: 'bob' }, { text: 'hello' })
  await bob.send(conversationId, { text: 'hello yourself' })
  const ofBob = watch(ann, 'bob')
  await eventually(() => ofBob()?.online === true, 'Bob online, seen from the other gateway')
  return { world, ann, bob, ofBob }
}

it('A user of one gateway is seen at another, online and offline, and a block at one applies at the other', async () => {
  const { ann, bob, ofBob } = await open()
  bob.presence.setActivity('away')
  await eventually(() => ofBob()?.online === false, 'Bob away')
  bob.presence.setActivity('active')
  await eventually(() => ofBob()?.online === true, 'Bob back')
  await bob.block('ann')
  await eventually(() => ofBob()?.online === false, 'Bob hidden')
  expect(ofBob()).toEqual({ userId: 'bob', online: false, lastSeenAt: null })
  expect(await ann.presence.of('bob')).toEqual(ofBob())
  await bob.unblock('ann')
  await eventually(() => ofBob()?.online === true, 'Bob shown again')
})

it('Presence recovers by itself when the engine loses its data or messages are lost', async () => {
  const { world, bob, ofBob } = await open()
  world.hubs.online.lose()
  world.hubs.channels.interrupt()
  await sleep(3_000)
  await eventually(() => ofBob()?.online === true, 'Bob online again')
  bob.presence.setActivity('away')
  world.hubs.channels.interrupt()
  await eventually(() => ofBob()?.online === false, 'Bob away')
})
