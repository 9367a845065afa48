import { expect, test } from 'vitest'
import { limitsOf } from '../../../src/bounds/limits.ts'
import { createMeter } from '../../../src/bounds/meter.ts'
import { createSpending } from '../../../src/bounds/spending.ts'
import { testLimits } from '../../support/test-limits.ts'

const mebibyte = 1024 * 1024
const begin = () => {
  const state = { now: 0, short: false }
  const { storedBytes } = limitsOf({ ...testLimits, storedBytesPerHour: 60 * mebibyte })
  const meter = createMeter({ now: () => state.now })
  const spending = createSpending({ meter, limit: storedBytes, isShort: () => state.short })
  return { state, spending }
}

test('P7: who stores more than a user may in an hour is told when to come again, and others go on', () => {
  const { state, spending } = begin()
  for (let count = 0; count < 60; count += 1) spending.take('mallory', mebibyte)
  expect(() => spending.take('mallory', mebibyte)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 60_000 }),
  )
  spending.take('alice', mebibyte)
  state.now += 60_000
  spending.take('mallory', mebibyte)
})

test('P7: while space is short who has stored much is refused, and who writes now and then is not', () => {
  const { state, spending } = begin()
  spending.take('mallory', 2 * mebibyte)
  state.short = true
  expect(() => spending.take('mallory', 1_000)).toThrow(expect.objectContaining({ code: 'storage_full' }))
  for (let count = 0; count < 100; count += 1) spending.take('alice', 1_000)
  state.short = false
  spending.take('mallory', mebibyte)
})
