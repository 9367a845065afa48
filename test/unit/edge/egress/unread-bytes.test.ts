import { afterEach, expect, test, vi } from 'vitest'
import { createUnread, type Unread } from '../../../../src/edge/egress/unread-bytes.ts'

let unread: Unread | undefined
afterEach(() => {
  unread?.close()
  vi.useRealTimers()
})

const begin = () => {
  vi.useFakeTimers()
  unread = createUnread({ maxOfUser: 100, max: 250, stallMs: 1_000, now: Date.now })
  const dropped: string[] = []
  const debt = (name: string, userId: string, owed: number) => {
    const one = {
      name,
      userId,
      owed,
      read: 0,
      bytes: () => one.owed,
      taken: () => one.read,
      drop: () => dropped.push(name),
    }
    unread?.note(one)
    return one
  }
  return { unread, dropped, debt }
}

test('P7: the largest debt of a user who has too many bytes unread is dropped, and nobody else', () => {
  const { dropped, debt, unread } = begin()
  debt('small', 'ann', 40)
  const large = debt('large', 'ann', 50)
  debt('of another', 'bob', 90)
  expect([dropped, unread.isFull('ann'), unread.total()]).toEqual([[], false, 180])
  large.owed = 70
  unread.note(large)
  expect([dropped, unread.total()]).toEqual([['large'], 130])
})

test('P7: where the process has too much, the user who owes most loses it', () => {
  const { dropped, debt, unread } = begin()
  for (const [userId, bytes] of [
    ['ann', 60],
    ['bob', 95],
    ['cid', 60],
  ] as const)
    debt(userId, userId, bytes)
  debt('dan', 'dan', 50)
  expect([dropped, unread.total()]).toEqual([['bob'], 170])
})

test('P7: what was read meanwhile is not counted against anybody', () => {
  const { dropped, debt } = begin()
  const first = debt('first', 'ann', 90)
  first.owed = 0
  debt('second', 'ann', 90)
  expect(dropped).toEqual([])
})

test('P7: a client that takes nothing is dropped after a while, one that takes something is not', () => {
  const { dropped, debt, unread } = begin()
  debt('stalled', 'ann', 10)
  const slow = debt('slow', 'bob', 10)
  for (let tick = 0; tick < 8; tick += 1) {
    slow.read += 1
    vi.advanceTimersByTime(250)
  }
  expect([dropped, unread.total()]).toEqual([['stalled'], 10])
})
