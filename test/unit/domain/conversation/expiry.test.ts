import { describe, expect, it } from 'vitest'
import type { ExpireMessages } from '../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { fromSnapshot, toSnapshot } from '../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { expireMessages, expiryPace } from '../../../../src/domain/conversation/expiry.ts'
import { alice, at, bob, command, given, group, message, messageNo, sent } from './examples.ts'

const fold = (...events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())
const retained = (seconds: number | null): ConversationEvent => ({
  type: 'RetentionChanged',
  at,
  actor: bob,
  data: { seconds },
})
/** Revisions 0 and 1 are the start, 2 the retention, 3 to 5 messages. */
const talk = (seconds: number | null = 60) => [
  ...group([bob, 'admin']),
  retained(seconds),
  ...[1, 2, 3].map((seq) => sent(alice, seq, seq)),
]
const request = (changes: Partial<ExpireMessages> = {}): ExpireMessages => ({
  ...{ type: 'ExpireMessages', at: at + 60_001, from: 0, upTo: 4, newest: at, lastSeq: 2, since: at + 5 },
  ...changes,
})
const expired = (from: number, upTo: number): ConversationEvent => ({
  type: 'MessagesExpired',
  at,
  actor: bob,
  data: { from, upTo, lastSeq: 2, since: at },
})

describe('what is past its time', () => {
  it('expires, on behalf of whoever has set the retention', () => {
    const event = { type: 'MessagesExpired', at: at + 60_001, data: { from: 0, upTo: 4, lastSeq: 2, since: at + 5 } }
    const actor = { userId: 'bob', deviceId: '~expiry' }
    expect(expireMessages(fold(...talk()), request())).toEqual([{ ...event, actor }])
  })

  it('begins where the last one ended', () => {
    const [event] = expireMessages(fold(...talk(), expired(0, 3)), request({ from: 4 }))
    expect(event?.data).toMatchObject({ from: 4, upTo: 4 })
  })

  it.each([
    ['before its time', fold(...talk()), { at: at + 60_000 }],
    ['without a retention', fold(...talk(null)), {}],
    ['where none was ever set', fold(...group([bob, 'admin']), sent(alice, 1, 1)), { upTo: 2 }],
    ['twice', fold(...talk(), expired(0, 4)), {}],
    ['when nobody has looked at what is before', fold(...talk()), { from: 1 }],
    ['beyond the last event', fold(...talk()), { upTo: 6 }],
  ])('does not: %s', (_why, state, changes) => {
    expect(expireMessages(state, request(changes))).toEqual([])
  })

  it('is remembered by a snapshot', () => {
    const state = fold(...talk(), expired(0, 4), retained(null))
    const { expiredUpTo, retentionBy, retentionSeconds } = fromSnapshot(toSnapshot(state))
    expect({ expiredUpTo, retentionBy, retentionSeconds }).toEqual({
      expiredUpTo: 4,
      retentionBy: 'bob',
      retentionSeconds: null,
    })
  })
})

it.each(['reply', 'edit', 'reaction', 'delete'] as const)(
  'an expired message takes no %s, whatever the log kept',
  (kind) => {
    const relatesTo = (number: number, revision: number) => {
      const place = { messageId: messageNo(number), revision }
      const target = { ...place, seq: number, sender: alice.userId, kind: 'message' as const, deleted: false }
      return command(alice, { ...message(9), relatesTo: { ...place, kind, target } }, 4, 3)
    }
    const history = [...talk(), expired(0, 4), retained(null)]
    given(...history)
      .when(relatesTo(2, 4))
      .thenRejection('message_deleted')
    expect(decide(fold(...history), relatesTo(3, 5)).kind).toBe('accepted')
  },
)

it('a conversation expires after a twentieth of its time, in five seconds at the soonest and an hour at the latest', () => {
  expect([1, 1000, 86_400, 999_999_999].map(expiryPace)).toEqual([5_000, 50_000, 3_600_000, 3_600_000])
})
