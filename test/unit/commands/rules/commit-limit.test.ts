import { expect, test } from 'vitest'
import { createCommitLimit } from '../../../../src/commands/rules/commit-limit.ts'

test('[E5] thirty commits at once, then one in ten seconds, each conversation for itself', () => {
  const limit = createCommitLimit()
  let number = 0
  const take = (at: number, stream = 'a') => limit.take(stream, `ann/phone/${++number}`, at) ?? 'taken'
  const many = Array.from({ length: 31 }, () => take(0))
  expect([new Set(many.slice(0, 30)), many[30]]).toEqual([new Set(['taken']), 10_000])
  expect(take(0, 'b')).toBe('taken')
  expect(take(4_000)).toBe(6_000)
  expect(take(10_000)).toBe('taken')
  expect(take(10_001)).toBe(9_999)
  // A pause gives the burst back, no more.
  expect(Array.from({ length: 40 }, (_, ms) => take(1_000_000 + ms)).filter((one) => one === 'taken')).toHaveLength(30)
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const limit = createCommitLimit()
  for (let times = 0; times < 30; times += 1) limit.take('a', `ann/phone/${times}`, 100_000)
  expect(limit.take('a', 'ann/phone/30', 50_000)).toBe(10_000)
  expect(limit.take('a', 'ann/phone/30', 110_000)).toBeUndefined()
})

test('one commit takes one, however often it is decided', () => {
  const limit = createCommitLimit()
  for (let times = 0; times < 100; times += 1) expect(limit.take('a', 'ann/phone/1', times)).toBeUndefined()
  for (let number = 2; number <= 30; number += 1) expect(limit.take('a', `ann/phone/${number}`, 100)).toBeUndefined()
  expect(limit.take('a', 'ann/phone/31', 100)).toBeGreaterThan(0)
})
