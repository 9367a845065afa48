import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient, ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'

interface Device {
  readonly client: BackscrollClient
  readonly log: readonly ClientEvent[]
  readonly user: string
}

const textsOf = ({ log }: Device) =>
  conversationEvents(log).flatMap(({ content, unreadable, type }) => {
    if (content?.type === 'text') return [content.body.text]
    return type === 'message' && unreadable !== undefined ? [`(${unreadable})`] : []
  })
const requestsIn = ({ log }: Device) => log.flatMap((event) => (event.type === 'request' ? [event.state] : []))
const warningsIn = ({ log }: Device) => log.filter(({ type }) => type === 'warning')
const receiptsOf = ({ log }: Device, user: string) =>
  log.filter((event) => event.type === 'receipt' && event.receipt.userId === user)

describe('Requests, blocks and settings in the SDK', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50', BACKSCROLL_GROUPS_FROM: '' })
  })
  afterAll(() => world.close())

  const open = async (user: string, device: string, options: Partial<ClientOptions> = {}): Promise<Device> => {
    const client = await world.client(user, device, options)
    const log = record(client)
    client.start()
    await client.whenLive()
    return { client, log, user }
  }
  /** People of names of their own, each with one device. */
  let worlds = 0
  const people = async (...names: readonly string[]): Promise<Device[]> => {
    worlds += 1
    return Promise.all(names.map((name) => open(`${name}-${worlds}`, 'one')))
  }
  const asked = (device: Device, count = 1) =>
    eventually(() => requestsIn(device).filter((state) => state === 'waiting').length === count, 'the request')

  it('a group by a stranger waits; accepted on one device, it is whole on all of them', async () => {
    const [mallory, bob] = await people('mallory', 'bob')
    if (mallory === undefined || bob === undefined) throw new Error('nobody')
    const tablet = await open(bob.user, 'two')
    const { conversationId: id, done } = mallory.client.createGroup({ members: [bob.user] })
    expect((await done).users).toEqual({ [bob.user]: 'added' })
    await mallory.client.send(id, { text: 'before' })
    await asked(bob)
    await asked(tablet)
    expect(await bob.client.requests()).toMatchObject([{ conversationId: id, kind: 'group', from: mallory.user }])
    expect([textsOf(bob), textsOf(tablet), receiptsOf(mallory, bob.user)]).toEqual([[], [], []])
    await tablet.client.accept(id)
    await eventually(() => [bob, tablet].every((one) => textsOf(one).length === 1), 'what was said before')
    await bob.client.send(id, { text: 'hello all' })
    await eventually(() => [mallory, tablet].every((one) => textsOf(one).length === 2), 'the answer')
    expect([bob, tablet].map(textsOf)).toEqual([
      ['before', 'hello all'],
      ['before', 'hello all'],
    ])
    expect(requestsIn(bob)).toEqual(['waiting', 'accepted'])
    expect(await bob.client.requests()).toEqual([])
    await eventually(() => receiptsOf(mallory, bob.user).length > 0, 'receipts, from now on')
    expect([mallory, bob, tablet].flatMap(warningsIn)).toEqual([])
  })

  it('a device that was away for the request and the answer has all of it when it comes back', async () => {
    const [mallory, bob] = await people('mallory', 'bob')
    if (mallory === undefined || bob === undefined) throw new Error('nobody')
    const store = createMemoryStore()
    const away = await open(bob.user, 'two', { store })
    const { conversationId: id, done } = mallory.client.createGroup({ members: [bob.user] })
    await done
    await asked(away)
    await away.client.close()
    await mallory.client.send(id, { text: 'one' })
    await bob.client.accept(id)
    await mallory.client.send(id, { text: 'two' })
    const back = await open(bob.user, 'two', { store })
    await eventually(() => textsOf(back).length === 2, 'both messages')
    expect(textsOf(back)).toEqual(['one', 'two'])
    expect(requestsIn(back)).toEqual(['accepted'])
    expect(warningsIn(back)).toEqual([])
  })

  it('a group that is declined is left, without a trace on the own devices', async () => {
    const [mallory, bob, friend] = await people('mallory', 'bob', 'friend')
    if (mallory === undefined || bob === undefined || friend === undefined) throw new Error('nobody')
    // Writing to a user counts as knowing that user.
    await friend.client.send({ user: mallory.user }, { text: 'hi' })
    const { conversationId: id, done } = mallory.client.createGroup({ members: [bob.user, friend.user] })
    await done
    await asked(bob)
    await bob.client.decline(id)
    expect(await bob.client.requests()).toEqual([])
    await eventually(
      () => conversationEvents(mallory.log).some(({ event }) => event.type === 'MemberLeft'),
      'the departure',
    )
    // The next device that sends carries the removal out.
    await mallory.client.send(id, { text: 'without one of us' })
    await eventually(() => textsOf(friend).includes('without one of us'), 'the others go on')
    expect([conversationEvents(bob.log), requestsIn(bob)]).toEqual([[], ['waiting', 'declined']])
  })

  it('a direct conversation can be made to wait; writing to who asks is an answer', async () => {
    const [ann, bob] = await people('ann', 'bob')
    if (ann === undefined || bob === undefined) throw new Error('nobody')
    expect(await bob.client.setConsent({ direct: 'known' })).toEqual({ direct: 'known', groups: 'known' })
    await ann.client.send({ user: bob.user }, { text: 'may I?' })
    await asked(bob)
    expect(textsOf(bob)).toEqual([])
    await bob.client.send({ user: ann.user }, { text: 'you may' })
    await eventually(() => [ann, bob].every((one) => textsOf(one).length === 2), 'both messages on both sides')
    expect(textsOf(bob)).toEqual(['may I?', 'you may'])
    expect(await bob.client.consent()).toEqual({ direct: 'known', groups: 'known' })
    expect([ann, bob].flatMap(warningsIn)).toEqual([])
  })

  it("a blocked user's messages are not shown and not confirmed, and are there after the block is lifted", async () => {
    const [ann, bob] = await people('ann', 'bob')
    if (ann === undefined || bob === undefined) throw new Error('nobody')
    const tablet = await open(bob.user, 'two')
    const id = directConversationId(ann.user, bob.user)
    const first = await ann.client.send({ user: bob.user }, { text: 'hello' })
    await eventually(() => [bob, tablet].every((one) => textsOf(one).length === 1), 'the first message')
    await eventually(() => receiptsOf(ann, bob.user).length > 0, 'its receipt')
    await bob.client.block(ann.user)
    const isBlocked = ({ log }: Device) =>
      log.some((event) => event.type === 'account' && event.change.type === 'blocked')
    await eventually(() => [bob, tablet].every(isBlocked), 'the block on both devices')
    await ann.client.send({ user: bob.user }, { text: 'are you there?' })
    const { conversationId: group, done } = ann.client.createGroup({ members: [bob.user] })
    await done
    await ann.client.send(group, { text: 'and here?' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect([bob, tablet].map(textsOf)).toEqual([['hello'], ['hello']])
    expect([bob, tablet].map(requestsIn)).toEqual([[], []])
    const confirmed = receiptsOf(ann, bob.user).flatMap((event) =>
      event.type === 'receipt' ? [event.receipt.delivered ?? 0] : [],
    )
    expect(Math.max(...confirmed)).toBe(first.seq)
    const inbox = []
    for await (const entry of bob.client.inbox()) inbox.push(entry)
    expect(inbox).toEqual([])
    expect(await bob.client.blocks()).toMatchObject([{ userId: ann.user }])

    await tablet.client.unblock(ann.user)
    const isFree = ({ log }: Device) =>
      log.some((event) => event.type === 'account' && event.change.type === 'unblocked')
    await eventually(() => [bob, tablet].every(isFree), 'the end of it on both devices')
    const history: (string | undefined)[] = []
    for await (const { content } of bob.client.history(id))
      history.push(content?.type === 'text' ? content.body.text : undefined)
    expect(history).toEqual(['are you there?', 'hello'])
    await ann.client.send({ user: bob.user }, { text: 'again' })
    await eventually(() => [bob, tablet].every((one) => textsOf(one).includes('again')), 'messages again')
  })

  it('a block outlives the device: after a restart, and on one that comes in anew', async () => {
    const [ann, bob] = await people('ann', 'bob')
    if (ann === undefined || bob === undefined) throw new Error('nobody')
    const store = createMemoryStore()
    const phone = await open(bob.user, 'two', { store })
    await ann.client.send({ user: bob.user }, { text: 'hello' })
    await eventually(() => textsOf(phone).length === 1, 'the first message')
    await bob.client.block(ann.user)
    await phone.client.close()
    await ann.client.send({ user: bob.user }, { text: 'unheard' })
    const [again, anew] = [await open(bob.user, 'two', { store }), await open(bob.user, 'three')]
    await ann.client.send({ user: bob.user }, { text: 'unheard, too' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect([again, anew].map(textsOf)).toEqual([[], []])
    const shown = anew.log.flatMap((event) => (event.type === 'snapshot' ? event.conversations : []))
    expect(shown).toEqual([])
  })
})
