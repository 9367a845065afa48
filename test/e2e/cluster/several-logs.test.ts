import { join } from 'node:path'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { createLogOf, evenSlotMap, ownersOf } from '../../../src/event-log/routing/slot-map.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { eventually } from '../../support/client/client-world.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { startDoubleProcess } from '../../support/kurrentdb-double/process.ts'

const missing = await missingEngines()
const allRoles = ['api', 'gateway', 'relay', 'projector', 'worker'] as const
const startMs = 120_000

let world: ClusterWorld | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await world?.discard()
})

const open = async (): Promise<ClusterWorld> => {
  world = await openClusterWorld({ BACKSCROLL_HEARTBEAT_MS: '500', BACKSCROLL_PARTITIONS: '2' }, undefined, 2)
  return world
}

const connect = async ({ directory }: ClusterWorld, url: string, user: string, store = createMemoryStore()) => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const names = { issuer: 'backscroll', audience: 'backscroll' }
  const token = () => issueToken({ keys, ...names }, { user, device: 'phone', roles: ['user'], ttl: 3600 })
  const client = await createClient({ url, token, userId: user, deviceId: 'phone', store })
  clients.push(client)
  const texts: string[] = []
  client.on('message', ({ content }) => {
    if (content?.type === 'text') texts.push(content.body.text)
  })
  client.start()
  await client.whenLive()
  return { client, texts }
}

/** For each of two logs somebody whose conversation with ann is in it. */
const peers = (): readonly string[] => {
  const logOf = createLogOf(ownersOf(evenSlotMap('any', 2)) ?? new Uint8Array())
  const names = Array.from({ length: 100 }, (_, n) => `peer${n}`)
  return [0, 1].map(
    (log) => names.find((name) => logOf(`conversation-${directConversationId('ann', name)}`) === log) ?? '',
  )
}

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'a cluster over two event logs',
  () => {
    it(
      'goes on without one of them, tells what it lacks, and has everything when it is back [P1] [P4]',
      async () => {
        const cluster = await open()
        const server = await cluster.process(allRoles)
        await server.start()
        const [near = '', far = ''] = peers()
        const [nearPeer, farPeer] = [await connect(cluster, server.url, near), await connect(cluster, server.url, far)]
        const store = createMemoryStore()
        const ann = await connect(cluster, server.url, 'ann', store)
        await nearPeer.client.send({ user: 'ann' }, { text: 'near 1' })
        await farPeer.client.send({ user: 'ann' }, { text: 'far 1' })
        await eventually(() => ann.texts.length >= 2, 'the first of both', 30_000)
        await ann.client.close()
        await farPeer.client.send({ user: 'ann' }, { text: 'far 2' })

        await cluster.logs[1]?.kill()
        const again = await connect(cluster, server.url, 'ann', store)
        await nearPeer.client.send({ user: 'ann' }, { text: 'near 2' })
        await eventually(() => again.texts.length >= 1, 'what the other log has', 30_000)
        expect(again.texts).toEqual(['near 2'])
        expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
        const waiting = farPeer.client.send({ user: 'ann' }, { text: 'far 3' })

        await cluster.logs[1]?.restart()
        await waiting
        await eventually(() => again.texts.length >= 3, 'what the log had, and what waited for it', 60_000)
        expect(again.texts).toEqual(['near 2', 'far 2', 'far 3'])
      },
      startMs * 2,
    )

    it(
      'does not start with the logs in another order, nor without one of them, and says in one line what to do',
      async () => {
        const cluster = await open()
        const server = await cluster.process(allRoles)
        await server.start()
        await server.stop('SIGTERM')
        const [first, second] = cluster.logs.map(({ url }) => url)
        const start = async (urls: string): Promise<string> => {
          const other = await cluster.process(['worker'], { BACKSCROLL_KURRENTDB_URL: urls })
          await expect(other.start()).rejects.toThrow()
          return other.output()
        }
        expect(await start(`${second} ${first}`)).toContain('in the order in which they were named first')
        expect(await start(`${first}`)).toContain('this is log 1 of 2')
        const empty = await startDoubleProcess()
        try {
          expect(await start(`${first} ${second} ${empty.url}`)).toContain('backscroll migrate')
        } finally {
          await empty.kill()
        }
      },
      startMs * 2,
    )
  },
)
