import { describe, expect, it } from 'vitest'
import { decide } from '../../../../../src/domain/conversation/conversation-decider.ts'
import { fromSnapshot, toSnapshot } from '../../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../../src/domain/conversation/conversation-state.ts'
import { isUsed, rememberedResults } from '../../../../../src/domain/conversation/exactly-once.ts'
import { deviceId } from '../../../../../src/domain/ids.ts'
import {
  alice,
  at,
  bob,
  carol,
  command,
  facts,
  given,
  group,
  type MessageBody,
  message,
  messageNo,
  relating,
  sent,
} from '../examples.ts'

/** Alice's phone sent messages 1 and 2 under these numbers. */
const history = [...group([bob, 'member']), sent(alice, 1, 1), sent(alice, 2, 2)]
const reacted = (id: number): MessageBody => ({ ...relating('reaction', facts(alice, 1)), messageId: messageNo(id) })

describe('[M1] a messageId', () => {
  it.each<readonly [string, MessageBody]>([
    ['a message', message(1)],
    ['a reply', { ...relating('reply', facts(alice, 1)), messageId: messageNo(1) }],
    ['a reaction', reacted(1)],
    ['a deletion of it', { ...relating('delete', facts(alice, 1)), messageId: messageNo(1) }],
    ['what is for devices', { ...message(1), control: true }],
  ])('of a message is not that of %s, by whomever', (_what, body) => {
    given(...history)
      .when(command(alice, body, 3))
      .thenRejection('message_id_taken')
    if (body.relatesTo?.kind !== 'delete')
      given(...history)
        .when(command(bob, body))
        .thenRejection('message_id_taken')
  })

  it('of a reaction is used up as well', () => {
    const reaction = {
      ...{ type: 'MessageReacted' as const, at, actor: bob },
      data: { messageId: messageNo(7), target: { messageId: messageNo(1), revision: 2, seq: 1 }, clientSeq: 1 },
    }
    given(...history, reaction)
      .when(command(alice, message(7), 3))
      .thenRejection('message_id_taken')
  })

  it('under its own number is a repeat, not another use', () => {
    expect(decide(history.reduce(evolve, initialState()), command(alice, message(2), 2))).toMatchObject({
      kind: 'repeat',
    })
  })

  it('is not revealed to users outside the conversation [R4]', () => {
    given(...history)
      .when(command(carol, message(1)))
      .thenRejection('not_found')
  })

  it('that the handler found among older messages is taken', () => {
    given(...history)
      .when(command(bob, { ...message(50), isUsed: true }))
      .thenRejection('message_id_taken')
  })
})

describe('which ids a state knows', () => {
  const many = Array.from({ length: rememberedResults.overall + 300 }, (_, index) =>
    sent({ ...alice, deviceId: deviceId(`device-${(index * 7) % 50}`) }, index + 1, index + 1),
  )
  const state = [...group(), ...many].reduce(evolve, initialState())
  const remembered = [...state.devices.byKey.values()].flatMap(({ recent }) => recent.map((one) => one.messageId))

  it('is exactly those of the results that it remembers, however much it has forgotten', () => {
    expect([...state.devices.used.keys()].sort()).toEqual([...new Set(remembered)].sort())
    expect(isUsed(state.devices, messageNo(many.length))).toBe(true)
    expect(state.devices.used.size).toBeLessThan(many.length)
  })

  it('is the same in a state that comes out of its snapshot', () => {
    const { devices } = fromSnapshot(toSnapshot(state))
    expect(new Map([...devices.used].sort())).toEqual(new Map([...state.devices.used].sort()))
  })
})
