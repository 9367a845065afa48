import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CoreClient } from '../../src/client/client-api.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createMemoryStore } from '../../src/client/memory-store.ts'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { eventually } from '../support/client-world.ts'
import { openClusterLog } from '../support/cluster-log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../support/cluster-world.ts'
import { type Dump, dumpDouble, dumpKafka, dumpMongo, dumpPostgres, dumpRedis } from '../support/engine-dumps.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { openTokens, type Tokens } from '../support/server-tokens.ts'

const missing = await missingEngines()

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'The bodies of messages in the engines of a cluster',
  () => {
    let world: ClusterWorld
    let tokens: Tokens
    let server: ServerProcess
    let dumps: Readonly<Record<string, Dump>>
    const clients: CoreClient[] = []

    beforeAll(async () => {
      world = await openClusterWorld()
      server = await world.process(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])
      await server.start()
      tokens = await openTokens(world.directory)
      const { env, directory } = world
      dumps = {
        'the event log': dumpDouble(join(directory, 'log-0')),
        Kafka: dumpKafka(env.BACKSCROLL_KAFKA_BROKERS ?? '', env.BACKSCROLL_CLUSTER ?? ''),
        MongoDB: dumpMongo(`${env.BACKSCROLL_MONGODB_URL}`),
        PostgreSQL: dumpPostgres(env.BACKSCROLL_POSTGRES_URL ?? ''),
        Redis: dumpRedis(env.BACKSCROLL_REDIS_URL ?? ''),
      }
    }, 120_000)
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()))
      await world?.discard()
    }, 60_000)

    const connect = async (userId: string) => {
      const texts: string[] = []
      const token = () => tokens(userId)
      const client = await createClient({
        url: server.url,
        userId,
        deviceId: 'phone',
        token,
        store: createMemoryStore(),
      })
      clients.push(client)
      client.on('message', ({ content }) => texts.push(content?.type === 'text' ? content.body.text : ''))
      client.start()
      await client.whenLive()
      return { client, texts }
    }

    /** Bodies of the messages as a process reads them that has no keys in its memory. */
    const bodiesOf = async (stream: string) => {
      const log = await openClusterLog(world)
      const events = await log.logs.readStream({ stream, limit: 100 })
      await log.close()
      return events.filter(({ type }) => type === 'MessageSent').map(({ body }) => body)
    }

    /** Where a ciphertext stands, in base64 or as bytes. */
    const whereIs = async (ciphertext: string): Promise<readonly string[]> => {
      const bytes = Buffer.from(ciphertext, 'base64').toString('latin1')
      const found = await Promise.all(
        Object.entries(dumps).map(async ([name, dump]) => {
          const text = await dump()
          if (text.length < 10) throw new Error(`nothing was found in ${name}`)
          return text.includes(ciphertext) || text.includes(bytes) ? [name] : []
        }),
      )
      return found.flat()
    }

    it('stand nowhere as clients sent them, and are unreadable for good once they are deleted or have expired', {
      timeout: 180_000,
    }, async () => {
      const [ann, bob] = [await connect('ann'), await connect('bob')]
      const conversationId = directConversationId('ann', 'bob')
      const stream = `conversation-${conversationId}`
      await ann.client.send({ user: 'bob' }, { text: 'to be kept' })
      const doomed = await ann.client.send({ user: 'bob' }, { text: 'to be deleted' })
      await eventually(() => bob.texts.length === 2, 'Bob reads both, live', 30_000)
      expect(bob.texts).toEqual(['to be kept', 'to be deleted'])
      const sent = await bodiesOf(stream)
      expect(sent).toHaveLength(2)
      for (const ciphertext of sent) expect(await whereIs(ciphertext ?? '')).toEqual([])

      await ann.client.delete(conversationId, doomed)
      await expect.poll(() => bodiesOf(stream), { timeout: 30_000, interval: 500 }).toEqual([sent[0], null])

      await ann.client.setRetention(conversationId, 1)
      await expect.poll(() => bodiesOf(stream), { timeout: 60_000, interval: 500 }).toEqual([null, null])
      for (const ciphertext of sent) expect(await whereIs(ciphertext ?? '')).toEqual([])
    })
  },
)
