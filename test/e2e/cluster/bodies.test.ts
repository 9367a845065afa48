import { join } from 'node:path'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { describe, expect, it } from 'vitest'
import { eventually, messageTexts } from '../../support/client/client-world.ts'
import {
  doubleContent,
  kafkaContent,
  mongoContent,
  postgresContent,
  redisContent,
} from '../../support/cluster/engines-content.ts'
import { openClusterLog } from '../../support/cluster/log.ts'
import { usePhonesOfCluster } from '../../support/cluster/use-phones.ts'
import { missingEngines } from '../../support/cluster/world.ts'

const missing = await missingEngines()

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'The bodies of messages in the engines of a cluster',
  () => {
    const { world, connect } = usePhonesOfCluster(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])

    /** Bodies of the messages as a process reads them that has no keys in its memory. */
    const bodiesOf = async (stream: string) => {
      const log = await openClusterLog(world())
      const events = await log.logs.readStream({ stream, limit: 100 })
      await log.close()
      return events.filter(({ type }) => type === 'MessageSent').map(({ body }) => body)
    }

    const contents = async (): Promise<Readonly<Record<string, string>>> => ({
      'the event log': await doubleContent(join(world().directory, 'log-0')),
      Kafka: (await kafkaContent(world().env)).text,
      MongoDB: await mongoContent(world().env),
      PostgreSQL: await postgresContent(world().env),
      Redis: await redisContent(world().env),
    })

    /** Where a ciphertext stands, in base64 or as bytes. */
    const whereIs = async (ciphertext: string): Promise<readonly string[]> => {
      const bytes = Buffer.from(ciphertext, 'base64').toString('latin1')
      return Object.entries(await contents()).flatMap(([name, text]) => {
        if (text.length < 10) throw new Error(`nothing was found in ${name}`)
        return text.includes(ciphertext) || text.includes(bytes) ? [name] : []
      })
    }

    it('stand nowhere as clients sent them, and are unreadable for good once they are deleted or have expired', {
      timeout: 180_000,
    }, async () => {
      const [ann, bob] = [await connect('ann'), await connect('bob')]
      const conversationId = directConversationId('ann', 'bob')
      const stream = `conversation-${conversationId}`
      await ann.client.send({ user: 'bob' }, { text: 'to be kept' })
      const doomed = await ann.client.send({ user: 'bob' }, { text: 'to be deleted' })
      await eventually(() => messageTexts(bob.log).length === 2, 'Bob reads both, live', 30_000)
      expect(messageTexts(bob.log)).toEqual(['to be kept', 'to be deleted'])
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
