import { expect, test } from 'vitest'
import { createMemoryLimits } from '../../../../src/adapters/memory/shared-limits.ts'
import { createLimitBuckets, requireTake } from '../../../../src/edge/limits/limit-buckets.ts'
import { limitsOf } from '../../../../src/edge/limits/limits.ts'
import { testLimits } from '../../../support/api/test-limits.ts'

const { frames } = limitsOf({ ...testLimits, framesPerSecond: 100, frameBurst: 320 })
const soon = () => new Promise((resolve) => setImmediate(resolve))

test('a user has a burst, then so many a second, and is told how long to wait; others have theirs', () => {
  let now = 0
  const meter = createLimitBuckets({ now: () => now })
  for (let count = 1; count <= 320; count += 1)
    expect(meter.take(frames, 'ann')).toEqual({ waitMs: 0, left: 320 - count })
  expect(meter.take(frames, 'ann')).toEqual({ waitMs: 10, left: 0 })
  expect(() => requireTake(meter, frames, 'ann', 5)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 50 }),
  )
  expect(meter.take(frames, 'bob').waitMs).toBe(0)
  now = 50
  requireTake(meter, frames, 'ann', 5)
  expect([meter.take(frames, 'ann').waitMs, meter.used(frames, 'ann'), meter.used(frames, 'bob')]).toEqual([10, 320, 0])
})

test('P7: all processes of a user together give a bucket, and too much by a thirty-second each at most', async () => {
  let now = 0
  const shared = createMemoryLimits(() => now)
  const meters = Array.from({ length: 5 }, () => createLimitBuckets({ shared, now: () => now }))
  let given = 0
  for (let turn = 0; turn < 3_000; turn += 1) {
    const meter = meters[turn % meters.length]
    if (meter?.take(frames, 'ann').waitMs === 0) given += 1
    await soon()
  }
  expect(given).toBeGreaterThanOrEqual(310)
  expect(given).toBeLessThanOrEqual(320 + 5 * (320 / 32 + 1))
  expect(meters[0]?.take(frames, 'bob').waitMs).toBe(0)
  // In the long run what comes back is for all of them together.
  given = 0
  for (; now < 20_000; now += 1) {
    for (const meter of meters) if (meter.take(frames, 'ann').waitMs === 0) given += 1
    if (now % 5 === 0) await soon()
  }
  expect(given).toBeLessThan(20 * 100 * 1.25)
  expect(given).toBeGreaterThan(20 * 100 * 0.5)
})

test('a process that cannot reach the others goes by its own buckets, asks now and then, and tells again', async () => {
  let now = 0
  let calls = 0
  let away = true
  const store = createMemoryLimits(() => now)
  const charge: typeof store.charge = async (one) => {
    calls += 1
    if (away) throw new Error('away')
    return store.charge(one)
  }
  const meter = createLimitBuckets({ shared: { charge }, now: () => now })
  const take = async (count: number) => {
    let given = 0
    for (let n = 0; n < count; n += 1) {
      if (meter.take(frames, 'ann').waitMs === 0) given += 1
      await soon()
    }
    return given
  }
  expect(await take(500)).toBe(320)
  expect(calls).toBe(1)
  now = 2_000
  expect([await take(500), calls]).toEqual([200, 2])
  away = false
  now = 3_500
  await take(100)
  expect(await store.charge({ key: 'frames ann', burst: 320, everyMs: 10, count: 1 })).toBe(0)
  expect(calls).toBeGreaterThan(2)
})

test('P7: what is used of an hourly limit is not forgotten for a flood under another limit', () => {
  const { lookupsOfUser, requests } = limitsOf({ ...testLimits, lookupsPerHour: 60 })
  const meter = createLimitBuckets({ now: () => 0 })
  for (let count = 0; count < 60; count += 1) meter.take(lookupsOfUser, 'mallory')
  for (let address = 0; address < 60_000; address += 1) meter.take(requests, `2001:db8:${address.toString(16)}::`)
  expect(meter.take(lookupsOfUser, 'mallory').waitMs).toBeGreaterThan(0)
})
