import { describe, expect, it } from 'vitest'
import { conversationEvents, eventually, messageTexts, sealedIn } from '../../support/client/client-world.ts'
import { kafkaContent, mongoContent, postgresContent, redisContent } from '../../support/cluster/engines-content.ts'
import { usePhonesOfCluster } from '../../support/cluster/use-phones.ts'
import { missingEngines } from '../../support/cluster/world.ts'

const missing = await missingEngines()
const threeDaysMs = 3 * 86_400_000

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'What has expired or was deleted in a cluster',
  { timeout: 180_000 },
  () => {
    const { world, front, connect } = usePhonesOfCluster(['relay', 'projector'], ['api', 'gateway', 'worker'])

    /** How many of them stand somewhere. */
    const foundIn = (text: string, sealed: readonly string[]) => sealed.filter((one) => text.includes(one)).length
    const contents = async () => ({
      mongodb: await mongoContent(world().env),
      postgresql: await postgresContent(world().env),
      redis: await redisContent(world().env),
      printed: front().output(),
    })
    const everywhere = async (sealed: readonly string[]) =>
      Object.fromEntries(Object.entries(await contents()).map(([place, text]) => [place, foundIn(text, sealed)]))
    const nowhere = { mongodb: 0, postgresql: 0, redis: 0, printed: 0 }

    it('is served to nobody and stands in no view, table or key; the bus holds it sealed, for three days at most', async () => {
      const [ann, bob] = [await connect('ann'), await connect('bob')]
      const to = { user: 'bob' }
      const first = await ann.client.send(to, { text: 'it will expire' })
      const deleted = await ann.client.send(to, { text: 'it will be deleted' })
      await ann.client.edit(to, first, { text: 'it was edited' })
      await eventually(() => conversationEvents(bob.log).some(({ type }) => type === 'edit'), 'the edit')
      await bob.client.react(first.conversationId, first, { emoji: '+1' })
      await eventually(() => sealedIn(ann.log).length === 4, 'everything at Ann')
      const sealed = sealedIn(ann.log)
      // Views hold no ciphertext at all, so there is nothing to be forgotten.
      expect(await everywhere(sealed)).toEqual(nowhere)

      const id = first.conversationId
      await ann.client.delete(to, deleted)
      await ann.client.setRetention(id, 1)
      const expired = ({ log }: typeof ann) =>
        conversationEvents(log).some(({ event }) => event.type === 'MessagesExpired')
      await eventually(() => expired(ann) && expired(bob), 'the expiry at both', 60_000)
      await ann.client.setRetention(id, null)
      const stays = await ann.client.send(to, { text: 'it stays' })
      await eventually(() => messageTexts(bob.log).includes('it stays'), 'the last one')

      /** As the server answers a device that proves its key: with the ciphertext, where there is one. */
      const told = async () => {
        const all: unknown[] = []
        for await (const message of bob.client.history(id)) all.push(message)
        return JSON.stringify(all)
      }
      await expect.poll(async () => (await told()).includes(`"seq":${stays.seq}`), { timeout: 20_000 }).toBe(true)
      expect(foundIn(await told(), sealed)).toBe(0)
      expect(await everywhere(sealed)).toEqual(nowhere)

      const { text, retentionMs } = await kafkaContent(world().env)
      // It has them as the log has them: sealed under keys that are gone.
      expect(text).toContain('MessageEdited')
      expect(foundIn(text, sealed)).toBe(0)
      expect(retentionMs.every((ms) => ms > 0 && ms <= threeDaysMs)).toBe(true)
    })
  },
)
