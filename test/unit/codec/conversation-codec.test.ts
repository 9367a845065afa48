import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeConversationEvent,
  encodeConversationEvent,
  encodeConversationEvents,
} from '../../../src/codec/conversation-codec.ts'
import { decide } from '../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../src/domain/conversation/conversation-events.ts'
import { initialState } from '../../../src/domain/conversation/conversation-state.ts'
import { alice, alone, at, bob, command, messageNo, sent, started } from '../domain/conversation/examples.ts'
import { play, steps } from '../domain/conversation/generated.ts'

const target = { messageId: messageNo(1), revision: 4, seq: 1 }
const place = { clientSeq: 3, index: 0 }
const encode = (event: ConversationEvent, body: string | null = null) => encodeConversationEvent(event, body, place)

describe('encoding a conversation event', () => {
  it('gives the same ids for the same command, one for each of its events', () => {
    const first = command(alice, { type: 'StartDirect', peer: bob.userId, group: alone }, 5, 0)
    const decision = decide(initialState(), first)
    const encoded = encodeConversationEvents(decision.kind === 'accepted' ? decision.events : [], 'AAAA')
    expect(encoded.map(({ id, type, body }) => [id, type, body])).toEqual([
      ['alice/phone/5/0', 'ConversationStarted', null],
      ['alice/phone/5/1', 'GroupCommitted', 'AAAA'],
    ])
  })

  it('refuses a command none of whose events carries its number', () => {
    expect(() => encodeConversationEvents([sent(alice, 1)], 'AAAA')).toThrow(RangeError)
  })

  it('keeps the body out of the data', () => {
    expect(encode(sent(alice, 1, 3), 'Ym9keQ==')).toMatchObject({
      data: `{"messageId":"${messageNo(1)}","seq":1,"clientSeq":3}`,
      body: 'Ym9keQ==',
    })
  })

  it('marks what a deletion blanks: the target and all that refers to it, but not replies [M4]', () => {
    const data = { messageId: messageNo(2), target }
    expect(encode({ type: 'MessageDeleted', at, actor: alice, data })).toMatchObject({ target: 4, blanksTarget: true })
    for (const type of ['MessageEdited', 'MessageReacted'] as const) {
      const encoded = encode({ type, at, actor: alice, data }, 'AAAA')
      expect([encoded.target, encoded.blanksTarget]).toEqual([4, undefined])
    }
    const reply = { messageId: messageNo(2), seq: 2, replyTo: target }
    expect(encode({ type: 'MessageSent', at, actor: alice, data: reply }, 'AAAA')).not.toHaveProperty('target')
  })

  it('is undone by decoding, and passes the schemas, for whatever the decider decides', () => {
    fc.assert(
      fc.property(steps, (tried) => {
        for (const event of play(tried).history) {
          expect(decodeConversationEvent(encode(event, 'AAAA'), { validate: true })).toEqual(event)
        }
      }),
    )
  })
})

describe('validation', () => {
  const good = encode(sent(alice, 1, 3), 'AAAA')
  const wrong = [
    ['an unknown field', { data: '{"messageId":"018f0000-0000-7000-8000-000000000001","seq":1,"text":"x"}' }, 'data'],
    ['a missing field', { data: '{"messageId":"018f0000-0000-7000-8000-000000000001"}' }, 'seq'],
    ['an id that is none', { data: '{"messageId":"x","seq":1}' }, 'messageId'],
    ['a body that is no ciphertext', { body: 'hello, world' }, 'body'],
    ['an actor with a slash', { userId: 'a/b' }, 'userId'],
    ['a target that is not its own', { target: 3 }, 'target'],
  ] as const

  it.each(wrong)('names the field of %s, never a value', (_, change, field) => {
    const decode = () => decodeConversationEvent({ ...good, ...change }, { validate: true })
    expect(decode).toThrow(
      expect.objectContaining({ reason: 'invalid', message: expect.stringContaining(`(${field})`) }),
    )
  })

  it('takes a blanked body, and refuses a body where none belongs', () => {
    expect(decodeConversationEvent({ ...good, body: null }, { validate: true })).toEqual(sent(alice, 1, 3))
    const withBody = { ...encode(started()), body: 'AAAA' }
    expect(() => decodeConversationEvent(withBody, { validate: true })).toThrow('(body)')
  })
})
