import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CoreClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { eventually } from '../../support/client/client-world.ts'
import { type ClusterLog, openClusterLog } from '../../support/cluster/log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { logEvent } from '../../support/event-log/events.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'a poisoned event in the log of a cluster',
  () => {
    let world: ClusterWorld
    let log: ClusterLog
    let tokens: Tokens
    let back: ServerProcess
    let front: ServerProcess
    const clients: CoreClient[] = []

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'info' })
      back = await world.process(['relay', 'projector'])
      front = await world.process(['api', 'gateway', 'worker'])
      await back.start()
      await front.start()
      log = await openClusterLog(world)
      tokens = await openTokens(world.directory)
    }, 120_000)
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()))
      await log?.close()
      await world?.discard()
    }, 60_000)

    const connect = async (userId: string) => {
      const texts: string[] = []
      const token = () => tokens(userId)
      const store = createMemoryStore()
      const client = await createClient({ url: front.url, userId, deviceId: 'phone', token, store })
      clients.push(client)
      client.on('message', ({ content }) => texts.push(content?.type === 'text' ? content.body.text : ''))
      client.start()
      await client.whenLive()
      return { client, texts }
    }
    const parked = async (): Promise<number> => {
      const text = await (await fetch(`${back.url}/metrics`)).text()
      return Number(/^backscroll_parked_streams (\S+)$/m.exec(text)?.[1] ?? Number.NaN)
    }

    it('parks its stream and tells the operator; all other conversations go on, and nobody loses anything', {
      timeout: 120_000,
    }, async () => {
      const [ann, bob, cid] = [await connect('ann'), await connect('bob'), await connect('cid')]
      await ann.client.send({ user: 'bob' }, { text: 'before' })
      await ann.client.send({ user: 'cid' }, { text: 'before' })
      await eventually(() => bob.texts.length === 1 && cid.texts.length === 1, 'both hear of Ann', 30_000)

      const stream = `conversation-${directConversationId('ann', 'cid')}`
      await appendAtEnd(log.logs, stream, [logEvent('poison', { type: 'MessageSent', version: 99 })])
      await expect.poll(parked, { timeout: 30_000 }).toBe(1)
      expect(back.output()).toContain('a stream was parked')
      expect(back.output()).toContain(stream)

      const texts = Array.from({ length: 20 }, (_, n) => `after ${n}`)
      for (const text of texts) await ann.client.send({ user: 'bob' }, { text })
      await eventually(() => bob.texts.length === 21, 'Bob hears all', 30_000)
      expect(bob.texts).toEqual(['before', ...texts])
      // One who comes now reads the views, and what they hold of everything else.
      const dan = await connect('dan')
      await dan.client.send({ user: 'bob' }, { text: 'from dan' })
      await eventually(() => bob.texts.includes('from dan'), 'Bob hears of Dan', 30_000)
      expect((await fetch(`${front.url}/readyz`)).status).toBe(200)
    })

    it('that another program wrote, and the end of a stream, close their conversations with a final outcome', {
      timeout: 120_000,
    }, async () => {
      const [eve, fay, gus] = [await connect('eve'), await connect('fay'), await connect('gus')]
      const peers = [fay, gus].map((peer, index) => ({ peer, user: ['fay', 'gus'][index] ?? '' }))
      for (const { peer, user } of peers) {
        await eve.client.send({ user }, { text: 'before' })
        await eventually(() => peer.texts.length === 1, `${user} hears of Eve`, 30_000)
      }
      const server = EventStoreDBClient.connectionString(world.log.url)
      const streamWith = (user: string) =>
        `${world.env.BACKSCROLL_CLUSTER}.conversation-${directConversationId('eve', user)}`
      await server.appendToStream(streamWith('fay'), [jsonEvent({ type: 'Ordered', data: {} })])
      await server.tombstoneStream(streamWith('gus'))
      await server.dispose()

      for (const { user } of peers)
        await expect(eve.client.send({ user }, { text: 'after' })).rejects.toMatchObject({
          code: 'conversation_closed',
        })
      await expect.poll(parked, { timeout: 30_000 }).toBe(2)
      expect(back.output()).toContain(streamWith('fay').slice(streamWith('fay').indexOf('.') + 1))
      await fay.client.send({ user: 'gus' }, { text: 'and on' })
      await eventually(() => gus.texts.includes('and on'), 'others go on', 30_000)
      // A user who connects now gets what there is.
      await connect('hal')
      expect((await fetch(`${front.url}/readyz`)).status).toBe(200)
    })
  },
)
