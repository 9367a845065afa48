import { describe, expect, it } from 'vitest'
import { createEventFormat } from '../../../src/codec/event-format.ts'
import { type StoredEvent, UndecodableEvent } from '../../../src/codec/undecodable-event.ts'

const stored = (type: string, version: number, data: string): StoredEvent => ({
  type,
  version,
  at: 5,
  userId: 'alice',
  deviceId: 'phone',
  data,
  body: null,
  stream: 'parcel-1',
  revision: 7,
})

/** A history of its own: Posted v1 had grams as text, v2 as a number; Sent v1 was Posted's first name. */
const format = createEventFormat(
  { Posted: 3, Lost: 1 },
  {
    'Sent.v1': (data) => ({ type: 'Posted', version: 1, data }),
    'Posted.v1': ({ grams, ...rest }) => ({ type: 'Posted', version: 2, data: { ...rest, grams: Number(grams) } }),
    'Posted.v2': (data, { at }) => ({ type: 'Posted', version: 3, data: { ...data, postedAt: at } }),
  },
)

const failure = (event: StoredEvent, of = format): UndecodableEvent => {
  try {
    of.decode(event)
  } catch (error) {
    if (error instanceof UndecodableEvent) return error
  }
  throw new Error('decoded')
}

describe('an event format', () => {
  it('reads the current version as it is', () => {
    const data = { grams: 3, postedAt: 1 }
    expect(format.decode(stored('Posted', 3, JSON.stringify(data)))).toEqual({ type: 'Posted', version: 3, data })
  })

  it('leads older versions and names to the current one, step by step', () => {
    const expected = { type: 'Posted', version: 3, data: { to: 'x', grams: 3, postedAt: 5 } }
    expect(format.decode(stored('Posted', 2, '{"to":"x","grams":3}'))).toEqual(expected)
    expect(format.decode(stored('Posted', 1, '{"to":"x","grams":"3"}'))).toEqual(expected)
    expect(format.decode(stored('Sent', 1, '{"to":"x","grams":"3"}'))).toEqual(expected)
  })

  it.each([
    ['a type that it never knew', stored('Burnt', 1, '{}'), 'unknown_type'],
    ['a name that every object has', stored('constructor', 1, '{}'), 'unknown_type'],
    ['a version of the future', stored('Posted', 4, '{}'), 'unknown_version'],
    ['a version of the future of an old name', stored('Sent', 2, '{}'), 'unknown_version'],
    ['what is not JSON', stored('Lost', 1, '{"secret'), 'not_json'],
    ['JSON that is no object', stored('Lost', 1, '[1]'), 'not_json'],
    ['null', stored('Lost', 1, 'null'), 'not_json'],
    ['an old version that is not JSON', stored('Posted', 1, 'secret'), 'not_json'],
  ])('refuses %s, and says where it stands but not what it holds', (_, event, reason) => {
    const error = failure(event)
    expect(error).toMatchObject({ reason, type: event.type, version: event.version })
    expect(error.message).toContain('parcel-1@7')
    expect(error.message).not.toContain('secret')
  })

  it('does not run in circles', () => {
    const circle = createEventFormat(
      {},
      {
        'A.v1': (data) => ({ type: 'B', version: 1, data }),
        'B.v1': (data) => ({ type: 'A', version: 1, data }),
      },
    )
    expect(failure(stored('A', 1, '{}'), circle).reason).toBe('unknown_version')
  })
})
