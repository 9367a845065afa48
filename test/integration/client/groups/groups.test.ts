import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient, ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'

interface Person {
  readonly client: BackscrollClient
  readonly log: ClientEvent[]
  texts(): readonly string[]
  warnings(): readonly ClientEvent[]
}

/** A message that came before the device could read it counts as it was sent again. */
const textsOf = (log: readonly ClientEvent[]) => {
  const recovered = new Map(
    log.flatMap((one) => (one.type === 'recovered' ? [[one.message.event.position, one.message] as const] : [])),
  )
  return conversationEvents(log).flatMap((one) => {
    const { content, unreadable, type } = recovered.get(one.event.position) ?? one
    if (content?.type === 'text') return [content.body.text]
    return type === 'message' && unreadable !== undefined ? [`(${unreadable})`] : []
  })
}

describe('Encrypted groups over a real server', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const open = async (user: string, device: string, options: Partial<ClientOptions> = {}): Promise<Person> => {
    const client = await world.client(user, device, options)
    const log = record(client)
    client.start()
    await client.whenLive()
    return {
      client,
      log,
      texts: () => textsOf(log),
      warnings: () => log.filter(({ type }) => type === 'warning'),
    }
  }
  const all = (people: readonly Person[], what: string, count: number) =>
    eventually(() => people.every((one) => one.texts().length >= count), what)

  it('three people with two devices each: additions, a removal, a departure, and who reads what', async () => {
    const [a1, b1, c1] = await Promise.all([open('ada', 'one'), open('ben', 'one'), open('cyd', 'one')])
    const [a2, b2, c2] = await Promise.all([open('ada', 'two'), open('ben', 'two'), open('cyd', 'two')])
    const { conversationId: id, done } = a1.client.createGroup({ members: ['ben'] })
    await done
    await a1.client.send(id, { text: 'first' })
    await all([a1, a2, b1, b2], 'the first message', 1)
    await b2.client.send(id, { text: 'second' })
    await a2.client.addMembers(id, ['cyd'])
    await a2.client.send(id, { text: 'with cyd' })
    await all([c1, c2], 'the message to the new member', 1)
    await c2.client.send(id, { text: 'from cyd' })
    await all([a1, a2, b1, b2], 'the answer', 4)
    await a1.client.removeMember(id, 'ben')
    // The first device that sends carries the removal out.
    await c1.client.send(id, { text: 'without ben' })
    await all([a1, a2], 'the message without the third', 5)
    await c1.client.leave(id)
    await a2.client.send(id, { text: 'alone' })
    await all([a1], 'the last message', 6)
    const everything = ['first', 'second', 'with cyd', 'from cyd', 'without ben', 'alone']
    expect([a1.texts(), a2.texts()]).toEqual([everything, everything])
    expect([b1.texts(), b2.texts()]).toEqual([everything.slice(0, 4), everything.slice(0, 4)])
    expect([c1.texts(), c2.texts()]).toEqual([everything.slice(2, 5), everything.slice(2, 5)])
    for (const one of [a1, a2, b1, b2, c1, c2]) expect(one.warnings()).toEqual([])
  }, 60_000)

  it('who was removed and added again answers what the history shows, and nothing of the time between [M4]', async () => {
    const [pam, quy] = await Promise.all([open('pam', 'one'), open('quy', 'one')])
    const { conversationId: id, done } = pam.client.createGroup({ members: ['quy'] })
    await done
    const first = await pam.client.send(id, { text: 'first' })
    await all([quy], 'the first message', 1)
    await pam.client.removeMember(id, 'quy')
    const between = await pam.client.send(id, { text: 'between' })
    await pam.client.addMembers(id, ['quy'])
    const { position } = await pam.client.send(id, { text: 'again' })
    await all([quy], 'the message after the return', 2)
    const shown: string[] = []
    for await (const { messageId } of quy.client.history(id, { atLeast: position })) shown.push(messageId)
    expect([shown.includes(first.messageId), shown.includes(between.messageId)]).toEqual([true, false])
    await quy.client.reply(id, first, { text: 'about the first' })
    await quy.client.react(id, first, { emoji: '+1' })
    await expect(quy.client.reply(id, between, { text: 'guessed' })).rejects.toMatchObject({ code: 'unknown_target' })
    const arrived = () => conversationEvents(pam.log).map(({ content }) => content?.type)
    await eventually(() => arrived().includes('reaction'), 'the reaction')
    expect(arrived().slice(-2)).toEqual(['reply', 'reaction'])
    expect(pam.warnings()).toEqual([])
  }, 60_000)

  it('both open the direct conversation at once: one group wins, both messages arrive', async () => {
    const [dan, eli] = await Promise.all([open('dan', 'one'), open('eli', 'one')])
    const sent = await Promise.all([
      dan.client.send({ user: 'eli' }, { text: 'from dan' }),
      eli.client.send({ user: 'dan' }, { text: 'from eli' }),
    ])
    expect(new Set(sent.map(({ conversationId }) => conversationId)).size).toBe(1)
    await all([dan, eli], 'both messages', 2)
    expect([...dan.texts()].sort()).toEqual(['from dan', 'from eli'])
    expect(eli.texts()).toEqual(dan.texts())
    expect([dan.warnings(), eli.warnings(), dan.log.filter(({ type }) => type === 'failed')]).toEqual([[], [], []])
  })

  it('commits that race: each is made again on top of the winner', async () => {
    const [fay, gus, hal, ida] = await Promise.all(['fay', 'gus', 'hal', 'ida'].map((user) => open(user, 'one')))
    if (!fay || !gus || !hal || !ida) throw new Error('somebody is missing')
    const { conversationId: id, done } = fay.client.createGroup({ members: ['gus'] })
    await done
    await fay.client.setRole(id, 'gus', 'admin')
    await Promise.all([
      fay.client.addMembers(id, ['hal']),
      gus.client.addMembers(id, ['ida']),
      fay.client.send(id, { text: 'one' }),
      gus.client.send(id, { text: 'two' }),
    ])
    await hal.client.send(id, { text: 'three' })
    await ida.client.send(id, { text: 'four' })
    await all([fay, gus], 'all four', 4)
    for (const one of [fay, gus]) expect([...one.texts()].sort()).toEqual(['four', 'one', 'three', 'two'])
    for (const one of [fay, gus, hal, ida]) expect(one.warnings()).toEqual([])
  }, 30_000)

  it('a message written offline goes out when the device is back, across commits that it missed', async () => {
    const store = createMemoryStore()
    const joe = await open('joe', 'one', { store })
    const [kim, lou] = await Promise.all([open('kim', 'one'), open('lou', 'one')])
    const { conversationId: id, done } = joe.client.createGroup({ members: ['kim'] })
    await done
    await joe.client.send(id, { text: 'here' })
    await joe.client.close()
    await joe.client.send(id, { text: 'never' }).catch(() => {})
    await kim.client.send(id, { text: 'missed' })
    await kim.client.send(id, { text: 'missed too' })
    const again = await world.client('joe', 'one', { store })
    const log = record(again)
    const sending = [again.send(id, { text: 'late' }), again.addMembers(id, ['lou'])]
    again.start()
    await Promise.all(sending)
    await lou.client.send(id, { text: 'hello from lou' })
    await eventually(() => textsOf(log).includes('hello from lou'), 'the message of the new member')
    await all([kim], 'everything at the other', 5)
    expect(kim.texts()).toEqual(['here', 'missed', 'missed too', 'late', 'hello from lou'])
    expect(textsOf(log).filter((text) => text !== 'here')).toEqual(['missed', 'missed too', 'late', 'hello from lou'])
  }, 30_000)

  it('a device that lost its store is a new device: it is let in, and reads what comes from then on', async () => {
    const [mia, ned] = await Promise.all([open('mia', 'one'), open('ned', 'one')])
    const { conversationId: id } = await mia.client.send({ user: 'ned' }, { text: 'old' })
    const two = await open('mia', 'two')
    await eventually(() => conversationEvents(two.log).length > 0, 'the way in')
    await ned.client.send(id, { text: 'new' })
    const { position: atLeast } = await two.client.send(id, { text: 'from the new one' })
    await all([mia, ned], 'all three', 3)
    await eventually(() => two.texts()[0] === 'new', 'what came too early is sent again')
    expect(two.texts()).toEqual(['new', 'from the new one'])
    expect(mia.texts()).toEqual(['old', 'new', 'from the new one'])
    expect(ned.log).toContainEqual({
      type: 'trust',
      conversationId: id,
      notice: { type: 'device_added', userId: 'mia', deviceId: 'two', verified: false },
    })
    const history: unknown[] = []
    for await (const { content } of mia.client.history(id, { after: 0, atLeast })) history.push(content)
    expect(history).toMatchObject(['old', 'new', 'from the new one'].map((text) => ({ body: { text } })))
  }, 30_000)
})
