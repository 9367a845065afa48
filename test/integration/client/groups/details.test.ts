import { sealedPrefix } from '@backscroll/protocol/sealed-text'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient, ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import type { ClientEvent, DetailsClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'
import { callerOf } from '../../../support/server/rest.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const isDetails = (event: ClientEvent): event is DetailsClientEvent => event.type === 'details'

describe('[E6] names and descriptions of groups, over a real server', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const open = async (user: string, device = 'one', options: Partial<ClientOptions> = {}) => {
    const client = await world.client(user, device, options)
    const log = record(client)
    client.start()
    await client.whenLive()
    const names = () => log.filter(isDetails).map(({ name }) => name)
    const until = (name: string) => eventually(() => names().at(-1) === name, `${user}/${device} reads ${name}`)
    return { client, log, names, until }
  }
  const atServer = async (user: string, client: BackscrollClient, id: string) => {
    const call = callerOf(world.url(), await world.token(user, 'one'), client.prover())
    return (await call('GET', `/conversations/${id}`)).json as { conversation: { name: string; description: string } }
  }
  const read = async (client: BackscrollClient, id: string, atLeast?: string) => {
    const { conversation } = await client.conversation(id, atLeast === undefined ? {} : { atLeast })
    return { name: conversation.name, description: conversation.description }
  }

  it('are read by the members, in queries and as they change, and by nobody else', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    const texts = { name: 'Trip', description: 'To the sea' }
    const { conversationId: id, done } = ann.client.createGroup({ members: ['bob'], ...texts })
    const { position: started } = await done
    await bob.until('Trip')
    const expected = { name: 'Trip', description: 'To the sea' }
    expect([await read(ann.client, id, started), await read(bob.client, id, started)]).toEqual([expected, expected])
    const { position } = await ann.client.rename(id, 'Journey')
    await bob.until('Journey')
    await ann.until('Journey')
    expect([ann.names(), bob.names()]).toEqual([
      ['Trip', 'Journey'],
      ['Trip', 'Journey'],
    ])
    for await (const entry of bob.client.inbox({ atLeast: position })) {
      expect([entry.conversation.name, entry.unread, entry.lastMessage]).toEqual(['Journey', 0, null])
    }
    const { conversation } = await atServer('bob', bob.client, id)
    for (const text of [conversation.name, conversation.description]) expect(text.startsWith(sealedPrefix)).toBe(true)
    expect(JSON.stringify(conversationEvents(bob.log).map(({ event }) => event))).not.toContain(base64('Journey'))
  })

  it('are changed by owners and admins only, and not longer than they may be', async () => {
    const [ann, bob] = [await open('cyd'), await open('dan')]
    const { conversationId: id } = ann.client.createGroup({ members: ['dan'], name: 'Mine' })
    await bob.until('Mine')
    await expect(bob.client.rename(id, 'Yours')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(ann.client.rename(id, 'x'.repeat(1000))).rejects.toMatchObject({ code: 'too_large' })
    const { position } = await ann.client.describe(id, 'about')
    await eventually(() => bob.log.filter(isDetails).length === 2, 'the description')
    expect(await read(bob.client, id, position)).toEqual({ name: 'Mine', description: 'about' })
    expect(bob.log.filter(({ type }) => type === 'failed')).toHaveLength(1)
  })

  it('are read by who comes later: a new member, a new device, and one who comes back', async () => {
    const [eve, fay, gus] = [await open('eve'), await open('fay'), await open('gus')]
    const { conversationId: id } = eve.client.createGroup({ members: ['fay'], name: 'First' })
    await eve.client.rename(id, 'Second')
    await eve.client.addMembers(id, ['gus'])
    await gus.until('Second')
    const tablet = await open('gus', 'two')
    await tablet.until('Second')
    await gus.client.leave(id)
    await eve.client.rename(id, 'Third')
    const { position } = await eve.client.addMembers(id, ['gus'])
    await Promise.all([fay, gus, tablet].map((one) => one.until('Third')))
    expect(await read(tablet.client, id, position)).toEqual({ name: 'Third', description: null })
    for (const { log } of [eve, fay, gus, tablet]) expect(log.filter(({ type }) => type === 'warning')).toEqual([])
    for await (const entry of gus.client.inbox()) expect([entry.unread, entry.lastMessage]).toEqual([0, null])
  }, 30_000)

  it('come from any member when nobody else is there to tell, and survive restarts of both', async () => {
    const store = createMemoryStore()
    const [hal, ida] = [await open('hal'), await open('ida', 'one', { random: () => 0, store })]
    const { conversationId: id, done } = hal.client.createGroup({ members: ['ida'], name: 'Quiet' })
    await done
    await ida.until('Quiet')
    await world.restart()
    await hal.client.whenLive()
    await world.recoveryKey('hal')
    const two = await world.client('hal', 'two')
    await hal.client.close()
    const log = record(two)
    two.start()
    const name = () => log.filter(isDetails).map(({ name }) => name)
    await eventually(() => name().length > 0, 'the name from Ida')
    expect(name()).toEqual(['Quiet'])
    await ida.client.close()
    const again = await open('ida', 'one', { store })
    expect(await read(again.client, id)).toEqual({ name: 'Quiet', description: null })
  }, 30_000)
})
