import { describe, expect, it } from 'vitest'
import type { ConversationCommand } from '../../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../../src/domain/conversation/conversation-decider.ts'
import {
  type ConversationState,
  evolve,
  initialState,
} from '../../../../../src/domain/conversation/conversation-state.ts'
import { deviceKey, rememberedResults } from '../../../../../src/domain/conversation/exactly-once.ts'
import { deviceId } from '../../../../../src/domain/ids.ts'
import {
  alice,
  aliceTablet,
  alone,
  bob,
  carol,
  command,
  given,
  group,
  left,
  message,
  messageNo,
  sent,
  startedDirect,
} from '../examples.ts'

/** Alice's phone sent messages 1 to 3 under the numbers 1, 2 and 4; they stand at revisions 2, 3 and 4. */
const history = [...group([bob, 'member']), sent(alice, 1, 1), sent(alice, 2, 2), sent(alice, 3, 4)]

describe('[M3] the number of a command', () => {
  it('follows the last accepted one, and may skip numbers', () => {
    given(...history)
      .when(command(alice, message(9), 7, 4))
      .thenData({ type: 'MessageSent', messageId: messageNo(9), seq: 4, clientSeq: 7 })
  })

  it.each([0, 1, 2, 3, 5, 6])('leaves a gap when it follows %i', (after) => {
    given(...history)
      .when(command(alice, message(9), 7, after))
      .thenRejection('client_seq_gap', { last: 4 })
  })

  it('that is not above the one it follows is a gap', () => {
    given(...history)
      .when(command(alice, message(9), 5, 5))
      .thenRejection('client_seq_gap', { last: 4 })
    given()
      .when(command(alice, { type: 'StartGroup', members: [], group: alone }, 0, 0))
      .thenRejection('client_seq_gap', { last: 0 })
  })

  it('is counted by device', () => {
    given(...history)
      .when(command(aliceTablet, message(9), 1))
      .thenData({ type: 'MessageSent', messageId: messageNo(9), seq: 4, clientSeq: 1 })
  })

  it('tells a stranger nothing: a gap is the same where there is no conversation [R4]', () => {
    given()
      .when(command(carol, message(9), 2))
      .thenRejection('client_seq_gap', { last: 0 })
    given(...history)
      .when(command(carol, message(9), 2))
      .thenRejection('client_seq_gap', { last: 0 })
  })
})

describe('[M2] a repeat', () => {
  it.each([
    [1, 1, 2],
    [2, 2, 3],
    [4, 3, 4],
  ])('of number %i leads to what it led to', (clientSeq, number, revision) => {
    given(...history)
      .when(command(alice, message(number), clientSeq))
      .thenRepeat(revision)
  })

  it('is known whatever it claims to follow', () => {
    given(...history)
      .when(command(alice, message(2), 2, 0))
      .thenRepeat(3)
  })

  it('is known after leaving', () => {
    given(...history, left(alice, 3))
      .when(command(alice, message(3), 4))
      .thenRepeat(4)
  })

  it('of a first message that opened the conversation, as it was once possible, leads to the message', () => {
    given(startedDirect, sent(alice, 1, 1))
      .when(command(alice, message(1)))
      .thenRepeat(1)
  })

  it('of starting a conversation is no second start', () => {
    const first = { type: 'StartGroup', members: [bob.userId], group: alone } as const
    const started = decide(initialState(), command(alice, first))
    given(...(started.kind === 'accepted' ? started.events : []))
      .when(command(alice, first))
      .thenRepeat(0)
  })
})

describe('[M3] a number that was used for something else conflicts', () => {
  it('when it was another message', () => {
    given(...history)
      .when(command(alice, message(9), 2))
      .thenRejection('client_seq_conflict', { last: 4 })
  })

  it('when it was another kind of command', () => {
    given(...history)
      .when(command(alice, { type: 'LeaveConversation' }, 2))
      .thenRejection('client_seq_conflict', { last: 4 })
  })

  it('when it was passed over: rejected, and later ones accepted since', () => {
    given(...history)
      .when(command(alice, message(9), 3))
      .thenRejection('client_seq_conflict', { last: 4 })
  })
})

const accept = (state: ConversationState, next: ConversationCommand): ConversationState => {
  const decision = decide(state, next)
  if (decision.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(decision)}`)
  return decision.events.reduce(evolve, state)
}

/** Devices have ids of their own for their messages. */
const own = ({ deviceId: id }: typeof alice, clientSeq: number) =>
  message(1000 * Number(/\d+$/.exec(id)?.[0] ?? 0) + clientSeq)

const sendMany = (state: ConversationState, actor: typeof alice, count: number): ConversationState => {
  const from = state.devices.byKey.get(deviceKey(actor))?.last ?? 0
  return Array.from({ length: count }, (_, index) => from + index + 1).reduce(
    (before, clientSeq) => accept(before, command(actor, own(actor, clientSeq), clientSeq)),
    state,
  )
}

describe('what a conversation remembers [P7]', () => {
  const { perDevice, overall } = rememberedResults

  it('is the newest results of a device; older repeats are still repeats, whose result is to be looked up', () => {
    const state = sendMany(group().reduce(evolve, initialState()), alice, perDevice + 1)
    expect(decide(state, command(alice, message(1), 1))).toEqual({ kind: 'repeat', revision: undefined })
    expect(decide(state, command(alice, message(2), 2))).toEqual({ kind: 'repeat', revision: 3 })
    expect(state.devices.results).toBe(perDevice)
  })

  it('is bounded over all devices: those that were silent longest forget their results, never their last number', () => {
    const devices = Array.from({ length: overall / perDevice + 1 }, (_, index) => ({
      ...alice,
      deviceId: deviceId(`device-${index}`),
    }))
    const [first = alice, second = alice] = devices
    let state = group().reduce(evolve, initialState())
    for (const device of devices) state = sendMany(sendMany(state, first, 1), device, perDevice)
    expect(state.devices.results).toBeLessThanOrEqual(overall)
    const forgotten = { kind: 'repeat', revision: undefined }
    expect(decide(state, command(second, own(second, 1), 1))).toEqual(forgotten)
    expect(decide(state, command(second, own(second, perDevice), perDevice))).toEqual(forgotten)
    const newest = state.devices.byKey.get(deviceKey(first))?.last ?? 0
    expect(decide(state, command(first, own(first, newest), newest))).toMatchObject({ revision: expect.any(Number) })
    const next = perDevice + 1
    expect(decide(sendMany(state, second, 1), command(second, own(second, next), next))).toEqual({
      kind: 'repeat',
      revision: state.revision,
    })
  })
})
