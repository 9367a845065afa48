import { expect, test } from 'vitest'
import type { Delta } from '../../../src/ports/deltas.ts'
import type { PushNotice } from '../../../src/ports/push.ts'
import { createPushSender } from '../../../src/processes/push/push-sender.ts'
import { logEvent } from '../../support/event-log/events.ts'

const delta = (audience: readonly string[], ...senders: readonly string[]): Delta => ({
  conversationId: 'c',
  audience,
  events: senders.map((userId, revision) => ({
    ...logEvent(`${userId}-${revision}`, { userId, type: 'MessageSent' }),
    ...{ stream: 'conversation-c', revision, position: BigInt(revision + 1) },
  })),
})

interface Changes {
  readonly live?: readonly string[]
  readonly graceMs?: number
  /** Whether the service takes these users' notices now. */
  readonly takes?: (userIds: readonly string[]) => boolean | Promise<boolean>
}

const open = ({ live = [], graceMs = 0, takes = () => true }: Changes = {}) => {
  const ending = new AbortController()
  const pushed: PushNotice[] = []
  const errors: unknown[] = []
  const dropped: (readonly [users: readonly string[], isFirst: boolean])[] = []
  const usersOf = (notices: readonly PushNotice[]) => notices.map(({ userId }) => userId)
  const sender = createPushSender({
    registry: { gatewaysOf: async () => new Map(live.map((userId) => [userId, ['one']])) },
    push: {
      notify: async (notices) => {
        if (!(await takes(usersOf(notices)))) throw new Error('the push service does not take it')
        pushed.push(...notices)
      },
    },
    graceMs,
    now: () => 0,
    onError: (error) => errors.push(error),
    onPushed: () => {},
    onDropped: (notices, _error, isFirst) => dropped.push([usersOf(notices), isFirst]),
    ended: ending.signal,
    ...{ retryMs: 1, answerMs: 50 },
  })
  const send = (...audience: readonly string[]) => sender.send(9n, [delta(audience, 'ann')], [])
  return { sender, send, pushed, taken: () => usersOf(pushed), errors, dropped, ending }
}

test('who has a session, and who wrote it, is not woken', async () => {
  const { sender, pushed } = open({ live: ['bob'] })
  await sender.send(9n, [delta(['ann', 'bob', 'cleo'], 'ann')], [])
  expect(pushed).toEqual([{ userId: 'cleo', conversationId: 'c', messages: 1 }])
})

test('what comes together is one notice for each user, with the number of messages of others', async () => {
  const { sender, pushed } = open()
  await sender.send(9n, [delta(['ann', 'bob'], 'ann', 'bob', 'ann'), delta(['ann', 'bob'], 'ann')], [])
  expect(pushed).toEqual([
    { userId: 'ann', conversationId: 'c', messages: 1 },
    { userId: 'bob', conversationId: 'c', messages: 3 },
  ])
})

test('what a push service does not take is handed over again', async () => {
  let failures = 1
  const { send, taken, errors, dropped } = open({ takes: () => failures-- <= 0 })
  await send('bob')
  expect([errors.length, taken(), dropped]).toEqual([1, ['bob'], []])
})

test('a notice that a push service never takes is given up alone, once, and those beside and behind it go on', async () => {
  const { send, taken, errors, dropped } = open({ takes: (users) => !users.includes('eve') })
  await send('bob', 'eve', 'cleo')
  await send('dave')
  expect(taken()).toEqual(['bob', 'cleo', 'dave'])
  expect(dropped).toEqual([[['eve'], true]])
  expect(errors).toHaveLength(6)
})

test('a push service that is away holds nothing up: what comes then is tried once, and said once, until it is back', async () => {
  let isBack = false
  const { send, taken, errors, dropped } = open({ takes: () => isBack })
  await send('bob', 'cleo', 'dave', 'eve', 'fay')
  expect(errors).toHaveLength(5 + 3)
  await send('gil')
  expect(errors).toHaveLength(9)
  const users = dropped.flatMap(([each]) => each)
  expect(users).toEqual(['bob', 'cleo', 'dave', 'eve', 'fay', 'gil'])
  expect(dropped.filter(([, isFirst]) => isFirst)).toHaveLength(1)
  isBack = true
  await send('hal')
  expect(taken()).toEqual(['hal'])
  isBack = false
  await send('ivy')
  expect(dropped.at(-1)).toEqual([['ivy'], true])
})

test('a push service that never answers is one that fails', async () => {
  const { send, taken, dropped } = open({ takes: ([user]) => (user === 'eve' ? new Promise(() => {}) : true) })
  await send('eve')
  await send('bob')
  expect([taken(), dropped]).toEqual([['bob'], [[['eve'], true]]])
})

test('what was not handed over when it ends counts as not taken', async () => {
  const { sender, pushed, ending } = open({ graceMs: 600_000 })
  const sent = sender.send(9n, [delta(['bob'], 'ann')], [])
  ending.abort()
  await expect(sent).rejects.toThrow()
  expect(pushed).toEqual([])
})
