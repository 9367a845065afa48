import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeRecordedEvent,
  encodeRecordedEvent,
  fromPlainEvent,
  toPlainEvent,
} from '../../../src/codec/recorded-event-json.ts'
import type { RecordedEvent } from '../../../src/ports/event-log.ts'

const event: RecordedEvent = {
  stream: 'conversation-c1',
  revision: 3,
  position: 18_446_744_073_709_551_615n,
  id: 'alice/phone/4/0',
  type: 'MessageSent',
  version: 1,
  at: 1_760_000_000_000,
  userId: 'alice',
  deviceId: 'phone',
  data: '{"messageId":"m1","seq":3}',
  body: 'AAECAw==',
}

/** Texts that are nearly what JSON.stringify would write, and others that are nothing like it. */
const awkward: readonly string[] = [
  '',
  'no JSON',
  'null',
  '17',
  '"text"',
  '"{}"',
  '[1,2]',
  '{ "spaced": true }',
  '{"a":1,"a":2}',
  '{"b":1,"2":1,"1":1}',
  '{"n":1.0}',
  '{"n":12345678901234567890}',
  '{"__proto__":{"x":1}}',
  '{"s":"\\u00e9 \\/ \u2028 \ud83d"}',
  '{"data":"x","body":null}',
  '{"a":1}\n',
]

const columns = fc.record(
  {
    stream: fc.string({ minLength: 1 }),
    revision: fc.nat(),
    position: fc.bigInt(0n, 2n ** 64n - 1n),
    id: fc.string(),
    type: fc.string(),
    version: fc.nat(),
    at: fc.nat(),
    userId: fc.string({ unit: 'grapheme' }),
    deviceId: fc.string({ unit: 'binary' }),
    data: fc.oneof(fc.json(), fc.json({ stringUnit: 'binary' }), fc.string(), fc.constantFrom(...awkward)),
    body: fc.option(fc.base64String()),
    target: fc.nat(),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'stream',
      'revision',
      'position',
      'id',
      'type',
      'version',
      'at',
      'userId',
      'deviceId',
      'data',
      'body',
    ],
  },
)

describe('a recorded event as JSON', () => {
  it.each(awkward)('brings the data back to the letter: %j', (data) => {
    expect(decodeRecordedEvent(encodeRecordedEvent({ ...event, data }))).toEqual({ ...event, data })
  })

  it('loses nothing of any event', () => {
    fc.assert(
      fc.property(columns, (some) => {
        expect(decodeRecordedEvent(encodeRecordedEvent(some))).toStrictEqual(some)
        expect(fromPlainEvent(JSON.parse(JSON.stringify(toPlainEvent(some))))).toStrictEqual(some)
      }),
    )
  })

  it('is one line that others can read: the data as an object, the position as text', () => {
    const text = encodeRecordedEvent({ ...event, target: 2 })
    expect(text).not.toContain('\n')
    expect(JSON.parse(text)).toEqual({
      ...event,
      target: 2,
      position: '18446744073709551615',
      data: { messageId: 'm1', seq: 3 },
    })
  })

  it.each([
    ['no JSON', '{'],
    ['another JSON', '[]'],
    ['an event without data', JSON.stringify({ ...toPlainEvent(event), data: undefined })],
    ['a position that is a number', JSON.stringify({ ...event, position: 5 })],
    ['a position that is none', JSON.stringify({ ...event, position: '-1' })],
    ['an event without a body', JSON.stringify({ ...toPlainEvent(event), body: undefined })],
    ['a revision that is none', JSON.stringify({ ...toPlainEvent(event), revision: -1 })],
  ])('refuses %s', (_, text) => {
    expect(() => decodeRecordedEvent(text)).toThrow()
  })
})
