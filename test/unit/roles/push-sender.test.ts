import { expect, test } from 'vitest'
import type { Delta } from '../../../src/ports/deltas.ts'
import type { PushNotice } from '../../../src/ports/push.ts'
import { createPushSender } from '../../../src/roles/push-sender.ts'
import { logEvent } from '../../support/log-events.ts'

const delta = (audience: readonly string[], ...senders: readonly string[]): Delta => ({
  conversationId: 'c',
  audience,
  events: senders.map((userId, revision) => ({
    ...logEvent(`${userId}-${revision}`, { userId, type: 'MessageSent' }),
    ...{ stream: 'conversation-c', revision, position: BigInt(revision + 1) },
  })),
})

const open = (changes: { live?: readonly string[]; graceMs?: number; fail?: number } = {}) => {
  const { live = [], graceMs = 0, fail = 0 } = changes
  const ending = new AbortController()
  const pushed: PushNotice[] = []
  const errors: unknown[] = []
  let failures = fail
  const sender = createPushSender({
    registry: { gatewaysOf: async () => new Map(live.map((userId) => [userId, ['one']])) },
    push: {
      notify: async (notices) => {
        if (failures > 0) {
          failures -= 1
          throw new Error('the push service is away')
        }
        pushed.push(...notices)
      },
    },
    graceMs,
    now: () => 0,
    onError: (error) => errors.push(error),
    onPushed: () => {},
    ended: ending.signal,
  })
  return { sender, pushed, errors, ending }
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
  const { sender, pushed, errors } = open({ fail: 1 })
  await sender.send(9n, [delta(['bob'], 'ann')], [])
  expect(errors).toHaveLength(1)
  expect(pushed).toHaveLength(1)
})

test('what was not handed over when it ends counts as not taken', async () => {
  const { sender, pushed, ending } = open({ graceMs: 600_000 })
  const sent = sender.send(9n, [delta(['bob'], 'ann')], [])
  ending.abort()
  await expect(sent).rejects.toThrow()
  expect(pushed).toEqual([])
})
