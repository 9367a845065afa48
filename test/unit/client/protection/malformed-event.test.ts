import { describe, expect, it } from 'vitest'
import { createBlockList } from '../../../../packages/client/src/account/block-list.ts'
import { createDelivery } from '../../../../packages/client/src/delivery/delivery-queue.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createEventFeed } from '../../../../packages/client/src/events/event-feed.ts'
import { createDecryptingDelivery } from '../../../../packages/client/src/protection/decrypting-delivery.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { wireEvent } from '../delivery/wire-event.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

/** What the application is told of what comes from a server that says anything. */
const world = () => {
  const [told, opened]: [ClientEvent[], number[]] = [[], []]
  const onError = (thrown: unknown) => expect.fail(String(thrown))
  const feed = createEventFeed(onError)
  for (const type of ['message', 'conversation', 'warning'] as const) feed.on(type, (event) => void told.push(event))
  const store = createMemoryStore()
  const clock = createVirtualClock()
  const plain = createDelivery({
    ...{ me: { userId: 'ann', deviceId: 'phone' }, store, feed, clock, onError },
    blocks: createBlockList('ann', new Map()),
    replica: { apply: async () => () => [] },
    onMessage: () => () => [],
  })
  const open = async ({ revision }: { readonly revision: number }) => {
    opened.push(revision)
    return { before: [] }
  }
  const delivery = createDecryptingDelivery({
    ...{ delivery: plain, clock, random: () => 0.5, onError },
    protection: { open, save: async () => {} },
  })
  const give = async (revision: number, type: string, data?: Readonly<Record<string, unknown>>) => {
    const event = wireEvent(revision, type)
    delivery.event({ ...event, ...(data && { data }) }, { last: revision, out: false }, undefined)
    await delivery.idle()
  }
  return { told, opened, store, give }
}

describe('An event whose data is not what its type promises', () => {
  it.each([
    ['MessageSent', { messageId: 'm', seq: 'seven' }, 'seq'],
    ['MessageSent', { messageId: { toString: 'x' }, seq: 1 }, 'messageId'],
    ['MessageEdited', { messageId: 'm', target: null }, 'target'],
    ['GroupCommitted', { generation: '0' }, 'generation'],
    ['MembersAdded', { members: 'everybody' }, 'members'],
  ])('%s with another field is refused with a warning that names it', async (type, data, field) => {
    const { told, opened, store, give } = world()
    await give(3, type, data)
    expect(told).toEqual([
      { type: 'warning', code: 'malformed', conversationId: 'c', revision: 3, details: { type, field } },
    ])
    expect(opened).toEqual([])
    // It is passed over for good: the next one goes on from it.
    expect((await store.load()).get('stream/c')).toEqual({ last: 3, out: false })
    await give(4, 'MessageSent')
    expect(told.at(-1)).toMatchObject({ type: 'message', event: { revision: 4 } })
  })
})

it('an event that is nested without an end is refused, whatever its type, and the next one comes', async () => {
  const { told, store, give } = world()
  const bottomless = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  await give(3, 'MessageSent', { messageId: 'm', seq: 1, more: bottomless })
  await give(4, 'PollOpened', { more: bottomless })
  const place = { type: 'warning', code: 'malformed', conversationId: 'c' }
  expect(told).toEqual([
    { ...place, revision: 3, details: { type: 'MessageSent', field: '' } },
    { ...place, revision: 4, details: { type: 'PollOpened', field: '' } },
  ])
  expect((await store.load()).get('stream/c')).toEqual({ last: 4, out: false })
  await give(5, 'MessageSent')
  expect(told.at(-1)).toMatchObject({ type: 'message', event: { revision: 5 } })
})

it('an event of a type that this version does not know is taken in, and not told', async () => {
  const { told, opened, give } = world()
  await give(0, 'PollOpened', { question: 'lunch?' })
  expect([told, opened]).toEqual([[], [0]])
})

it('a message names itself, so that one can reply to it without looking into its data', async () => {
  const { told, give } = world()
  await give(6, 'MessageSent')
  expect(told).toMatchObject([{ type: 'message', ref: { messageId: 'm', revision: 6, seq: 1 } }])
})
