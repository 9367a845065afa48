import { limits } from '@backscroll/protocol/limits'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCheckpoint, parseCheckpoint } from '../../../src/event-log/checkpoint.ts'
import { bandSize, bandStart, maxLogs } from '../../../src/event-log/positions.ts'

const epoch = '6f1c6c1e-9a55-4a53-8a0e-0f6a3e3a3a11'
const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

test('a checkpoint leads back to its position', () => {
  fc.assert(
    fc.property(
      position,
      (at) => void expect(parseCheckpoint(encodeCheckpoint(epoch, [at]), epoch, 1)?.positions).toEqual([at]),
    ),
  )
})

test('C3: a checkpoint of another epoch is refused, never guessed', () => {
  fc.assert(
    fc.property(
      position,
      (at) => void expect(parseCheckpoint(encodeCheckpoint('other', [at]), epoch, 1)?.positions).toBeUndefined(),
    ),
  )
})

test('C3: made-up text is refused', () => {
  fc.assert(fc.property(fc.string(), (text) => void expect(parseCheckpoint(text, epoch, 1)?.positions).toBeUndefined()))
  fc.assert(
    fc.property(fc.base64String(), (text) => void expect(parseCheckpoint(text, epoch, 1)?.positions).toBeUndefined()),
  )
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
    expect(parseCheckpoint(spell(content), epoch, 1)?.positions).toBeUndefined()
  const token = encodeCheckpoint(epoch, [17n])
  for (const text of [`${token}=`, ` ${token}`, `${token}\n`, token.toUpperCase(), token.slice(0, -1), `${token}A`])
    expect(parseCheckpoint(text, epoch, 1)?.positions).toBeUndefined()
})

test('the token of a single position is what it always was', () => {
  const before = Buffer.from(`1~${epoch}~17`).toString('base64url')
  expect(encodeCheckpoint(epoch, [17n])).toBe(before)
  expect(parseCheckpoint(before, epoch, 1)?.positions).toEqual([17n])
})

const own = fc.bigInt({ min: 0n, max: bandSize - 1n })
const vector = fc
  .array(own, { minLength: 2, maxLength: maxLogs })
  .map((positions) => positions.map((position, index) => bandStart(index) + position))

test('a checkpoint over several logs leads back to its positions, and fits into a frame', () => {
  const longEpoch = 'f'.repeat(32)
  fc.assert(
    fc.property(vector, (positions) => {
      const token = encodeCheckpoint(longEpoch, positions)
      expect(parseCheckpoint(token, longEpoch, positions.length)?.positions).toEqual(positions)
      expect(token.length).toBeLessThanOrEqual(limits.checkpoint)
    }),
  )
})

test('C3: a checkpoint over another number of logs is refused, never guessed', () => {
  fc.assert(
    fc.property(vector, fc.integer({ min: 1, max: maxLogs }), (positions, logs) => {
      fc.pre(logs !== positions.length)
      expect(parseCheckpoint(encodeCheckpoint(epoch, positions), epoch, logs)?.positions).toBeUndefined()
    }),
  )
  const spell = (content: string) => Buffer.from(content).toString('base64url')
  for (const content of [
    `1~${epoch}~1.2`,
    `2~${epoch}~1.${bandSize}`,
    `2~${epoch}~1.`,
    `2~${epoch}~.1`,
    `2~${epoch}~1.02`,
  ])
    expect(parseCheckpoint(spell(content), epoch, 2)?.positions).toBeUndefined()
})
