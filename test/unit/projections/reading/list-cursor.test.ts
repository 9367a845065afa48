import { ProtocolError } from '@backscroll/protocol/errors'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CursorKind, decodeCursor, encodeCursor } from '../../../../src/projections/reading/list-cursor.ts'

const scope = ['members', 'ann', 'c1']
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'accepted'
}
const decoding = (text: string, kinds: readonly CursorKind[] = ['text'], within = scope) =>
  codeOf(() => decodeCursor(within, text, kinds))

test('R1: a cursor leads back to its values', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.maxSafeNat(), (text, number) => {
      expect(decodeCursor(scope, encodeCursor(scope, [text, number]), ['text', 'integer'])).toEqual([text, number])
    }),
  )
})

test('R1: a cursor of another list, or of another user, is bad_cursor', () => {
  const cursor = encodeCursor(scope, ['bob'])
  expect(decoding(cursor, ['text'], ['members', 'bob', 'c1'])).toBe('bad_cursor')
  expect(decoding(cursor, ['text'], ['members', 'ann', 'c2'])).toBe('bad_cursor')
  expect(decoding(cursor, ['text'], ['inbox', 'ann', 'c1'])).toBe('bad_cursor')
  expect(decoding(cursor, ['text'], ['members', 'annc1'])).toBe('bad_cursor')
})

test('R1: made-up text is bad_cursor, whatever it is', () => {
  fc.assert(fc.property(fc.string(), (text) => void expect(decoding(text)).toBe('bad_cursor')))
  fc.assert(
    fc.property(fc.json(), (json) => void expect(decoding(Buffer.from(json).toString('base64url'))).toBe('bad_cursor')),
  )
})

test('R1: a changed cursor, or one whose values have the wrong kind, is bad_cursor', () => {
  const cursor = encodeCursor(scope, ['bob'])
  for (const text of [`${cursor}=`, ` ${cursor}`, cursor.slice(1), `${cursor}AAAA`, '', 'A'.repeat(2000)])
    expect(decoding(text)).toBe('bad_cursor')
  for (const value of [-1, 1.5, Number.NaN, 2 ** 53])
    expect(decoding(encodeCursor(scope, [value]), ['integer'])).toBe('bad_cursor')
  expect(decoding(cursor, ['integer'])).toBe('bad_cursor')
  expect(decoding(cursor, ['text', 'text'])).toBe('bad_cursor')
  expect(decoding(encodeCursor(scope, ['x'.repeat(600)]))).toBe('bad_cursor')
})
