import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCheckpoint, parseCheckpoint } from '../../../../src/projections/sync/checkpoint.ts'

const epoch = '6f1c6c1e-9a55-4a53-8a0e-0f6a3e3a3a11'
const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

test('a checkpoint leads back to its position', () => {
  fc.assert(fc.property(position, (at) => void expect(parseCheckpoint(encodeCheckpoint(epoch, at), epoch)).toBe(at)))
})

test('C3: a checkpoint of another epoch is refused, never guessed', () => {
  fc.assert(
    fc.property(position, (at) => void expect(parseCheckpoint(encodeCheckpoint('other', at), epoch)).toBeUndefined()),
  )
})

test('C3: made-up text is refused', () => {
  fc.assert(fc.property(fc.string(), (text) => void expect(parseCheckpoint(text, epoch)).toBeUndefined()))
  fc.assert(fc.property(fc.base64String(), (text) => void expect(parseCheckpoint(text, epoch)).toBeUndefined()))
})

test('a position has exactly one token: no other spelling of it is accepted', () => {
  const spell = (content: string) => Buffer.from(content).toString('base64url')
  const hostile = [
    `1~${epoch}~-1`,
    `1~${epoch}~01`,
    `1~${epoch}~1.0`,
    `1~${epoch}~0x1`,
    `1~${epoch}~1~2`,
    `2~${epoch}~1`,
  ]
  for (const content of [...hostile, `1~${epoch}~`, `1~~1`, `1~${epoch}~${2n ** 63n}`, `1~${epoch}~1\n`])
    expect(parseCheckpoint(spell(content), epoch)).toBeUndefined()
  const token = encodeCheckpoint(epoch, 17n)
  for (const text of [`${token}=`, ` ${token}`, `${token}\n`, token.toUpperCase(), token.slice(0, -1), `${token}A`])
    expect(parseCheckpoint(text, epoch)).toBeUndefined()
})
