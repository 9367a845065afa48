import { expect, test } from 'vitest'
import { backoffMs } from '../../../../packages/client/src/time/backoff.ts'

test('a client that is told when to come back never comes sooner, and clients do not come all at once', () => {
  const waits = Array.from({ length: 100 }, (_, n) => backoffMs(0, n / 100, 2_000))
  expect(Math.min(...waits)).toBe(2_000)
  expect(Math.max(...waits)).toBeGreaterThan(2_900)
  expect(new Set(waits).size).toBe(100)
})

test('a client that is told nothing waits longer with each failure, up to half a minute', () => {
  expect([0, 1, 2, 3, 10].map((attempt) => backoffMs(attempt, 0.999))).toEqual([499, 999, 1_998, 3_996, 29_970])
  expect(backoffMs(5, 0)).toBe(0)
})
