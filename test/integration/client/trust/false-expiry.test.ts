import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { eventsOfType, eventually, live, messageTexts, record } from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { createDishonestServer } from '../../../support/lies/dishonest-server.ts'

type Json = Record<string, unknown>

const asExpiry = (event: Json): Json =>
  event.type === 'ConversationRenamed'
    ? { ...event, type: 'MessagesExpired', data: { from: 0, upTo: event.revision, lastSeq: 2, since: event.at } }
    : event

describe('A server that says that messages have expired', () => {
  const world = useClientWorld()

  it.each([
    ['for ever', null],
    ['for a day', 86_400],
  ])('makes a device forget none that the members keep %s', async (_howLong, seconds) => {
    const [ann, bob] = [`ann.${seconds}`, `bob.${seconds}`]
    const server = createDishonestServer()
    const store = createMemoryStore()
    const [a, b] = [await world.client(ann, 'one'), await world.client(bob, 'one', { ...server.options, store })]
    const log = record(b)
    await Promise.all([a, b].map(live))
    const { conversationId: id, done } = a.createGroup({ members: [bob] })
    await done
    if (seconds !== null) await a.setRetention(id, seconds)
    for (const text of ['one', 'two']) await a.send(id, { text })
    await eventually(() => messageTexts(log).length === 2, 'both messages')
    const kept = async () =>
      [...(await store.load()).keys()].filter((key) => key.startsWith('plain/') || key.startsWith('kept/'))
    await expect.poll(kept).toHaveLength(4)

    server.onEvent = asExpiry
    await a.rename(id, 'a name')
    await eventually(() => eventsOfType(log, 'MessagesExpired').length === 1, 'the lie')
    await a.send(id, { text: 'three' })
    await eventually(() => messageTexts(log).length === 3, 'what follows')
    await expect.poll(kept).toHaveLength(6)
  })
})
