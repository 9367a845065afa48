import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { issueToken } from '../../src/auth/issue-token.ts'
import { createLocalKeys } from '../../src/auth/local-keys.ts'
import type { BackscrollClient } from '../../src/client/client-api.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createMemoryStore } from '../../src/client/memory-store.ts'
import { eventually } from '../support/client-world.ts'
import { type MemoryCluster, openMemoryCluster } from '../support/memory-cluster.ts'

let cluster: MemoryCluster | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster?.close()
})

const open = async (logs: number): Promise<MemoryCluster> => {
  cluster = await openMemoryCluster({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' }, logs)
  return cluster
}

const connect = async ({ directory }: MemoryCluster, url: string, user: string, device = 'phone') => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const token = () =>
    issueToken({ keys, issuer: 'backscroll', audience: 'backscroll' }, { user, device, roles: ['user'], ttl: 3600 })
  const client = await createClient({ url, token, userId: user, deviceId: device, store: createMemoryStore() })
  clients.push(client)
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
