import { expect, it } from 'vitest'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import type { ConversationClientEvent } from '../../../../packages/client/src/events/conversation-event.ts'
import { createTabFeed } from '../../../../packages/client/src/tabs/tab-feed.ts'

const message = (conversationId: string, revision: number): ConversationClientEvent => ({
  ...{ type: 'message', conversationId, own: false, content: undefined, plaintext: undefined, unreadable: undefined },
  ref: { messageId: `m${revision}`, revision, seq: revision },
  event: {
    stream: { kind: 'conversation', id: conversationId },
    ...{ revision, position: String(revision), type: 'MessageSent', at: 0 },
    data: { messageId: `m${revision}`, seq: revision },
    actor: { userId: 'bob', deviceId: 'phone' },
  },
})

const setUp = () => {
  const feed = createTabFeed()
  const shown: string[] = []
  const show = (event: ClientEvent) => {
    if (event.type === 'message') shown.push(`${event.conversationId} ${event.event.revision}`)
    if (event.type === 'gap') shown.push(`${event.conversationId} gap ${event.after} ${event.before}`)
  }
  for (const type of ['message', 'gap'] as const) feed.on(type, show)
  return { feed, shown }
}

it('An event that two leaders tell is told once', async () => {
  const { feed, shown } = setUp()
  feed.begin()
  for (const revision of [1, 2, 2, 1, 3]) await feed.take(message('c', revision))
  expect(shown).toEqual(['c 1', 'c 2', 'c 3'])
})

it('A tab that has not begun is told nothing, and no gap of before its beginning', async () => {
  const { feed, shown } = setUp()
  feed.reached(new Map([['c', 4]]))
  await feed.take(message('c', 5))
  feed.begin()
  feed.reached(new Map([['c', 5]]))
  await feed.take(message('c', 6))
  expect(shown).toEqual(['c 6'])
})

it('Events that another tab had and this one missed are a gap, unless a tab still has them', async () => {
  const { feed: leader } = setUp()
  const { feed: asleep, shown } = setUp()
  for (const feed of [leader, asleep]) {
    feed.begin()
    feed.reached(new Map([['c', 1]]))
    await feed.take(message('c', 2))
  }
  for (const one of [message('c', 3), message('d', 0)]) await leader.take(one)
  for (const event of leader.recent(asleep.positions())) await asleep.take(event)
  asleep.reached(leader.positions())
  await asleep.take(message('c', 4))
  expect(shown).toEqual(['c 2', 'c 3', 'd 0', 'c 4'])
  asleep.reached(
    new Map([
      ['c', 7],
      ['e', 2],
    ]),
  )
  await asleep.take(message('c', 8))
  expect(shown.slice(4)).toEqual(['c gap 4 8', 'e gap -1 3', 'c 8'])
})

it('Events of a tab whose application does not take them are bounded, and what is left out is told as a gap', async () => {
  const { feed, shown } = setUp()
  feed.begin()
  const iterator = feed.events()
  for (let revision = 0; revision < 20_010; revision += 1) void feed.take(message('c', revision))
  for (let n = 0; n < 20_000; n += 1) await iterator.next()
  const { value } = await iterator.next()
  expect(shown).toHaveLength(20_000)
  expect(value).toMatchObject({ type: 'gap', after: 19_999, before: 20_010 })
  await iterator.return?.()
})
