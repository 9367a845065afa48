import { expect, test } from 'vitest'
import { createLimitBuckets } from '../../../../src/edge/limits/limit-buckets.ts'
import { limitsOf } from '../../../../src/edge/limits/limits.ts'
import { createStorageQuota } from '../../../../src/edge/limits/storage-quota.ts'
import { testLimits } from '../../../support/api/test-limits.ts'

const mebibyte = 1024 * 1024
const begin = () => {
  const state = { now: 0, short: false }
  const { storedBytes } = limitsOf({ ...testLimits, storedBytesPerHour: 60 * mebibyte })
  const meter = createLimitBuckets({ now: () => state.now })
  const spending = createStorageQuota({ meter, limit: storedBytes, isShort: () => state.short })
  let things = 0
  const take = (user: string, bytes: number, what = `thing ${++things}`) => spending.take(user, bytes, what)
  return { state, take }
}

test('P7: who stores more than a user may in an hour is told when to come again, and others go on', () => {
  const { state, take } = begin()
  for (let count = 0; count < 60; count += 1) take('mallory', mebibyte)
  expect(() => take('mallory', mebibyte)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 60_000 }),
  )
  take('alice', mebibyte)
  state.now += 60_000
  take('mallory', mebibyte)
})

test('P7: while space is short who has stored much is refused, and who writes now and then is not', () => {
  const { state, take } = begin()
  take('mallory', 2 * mebibyte)
  state.short = true
  expect(() => take('mallory', 1_000)).toThrow(expect.objectContaining({ code: 'storage_full' }))
  for (let count = 0; count < 100; count += 1) take('alice', 1_000)
  state.short = false
  take('mallory', mebibyte)
})

test('what comes again is counted once, and other things and other sizes for themselves', () => {
  const { take } = begin()
  for (let times = 0; times < 100; times += 1) take('ann', 30 * mebibyte, 'phone/c/7')
  take('ann', 29 * mebibyte, 'phone/c/8')
  take('ann', mebibyte, 'phone/c/7')
  expect(() => take('ann', 1, 'phone/c/9')).toThrow(expect.objectContaining({ code: 'rate_limited' }))
  // What was counted may still come.
  take('ann', 30 * mebibyte, 'phone/c/7')
})
