import { expect, it } from 'vitest'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { loadStars } from '../../../../packages/client/src/marks/star-book.ts'
import type { StoreChange } from '../../../../packages/client/src/stores/client-store.ts'

const told = (revision: number, type: 'starred' | 'unstarred', messageId: string): ClientEvent => {
  const change =
    type === 'starred'
      ? ({ type, conversationId: 'c', messageId, seq: 3 } as const)
      : ({ type, conversationId: 'c', messageId } as const)
  return { type: 'account', change, revision, at: revision, by: 'laptop' }
}

const open = (stored = new Map<string, unknown>()) => {
  const book = loadStars(stored, () => 50)
  const keep = (changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) {
      if (value === undefined) stored.delete(key)
      else stored.set(key, structuredClone(value))
    }
  }
  return { book, keep, stored }
}

it('A star is shown at once, waits over a restart, and stays when the server has accepted it', () => {
  const { book, keep, stored } = open()
  keep(book.wish('c/m', { isStarred: true, seq: 3 }))
  const again = open(stored)
  expect([again.book.has('c', 'm'), again.book.next()]).toEqual([true, ['c/m', { isStarred: true, seq: 3 }]])
  again.keep(again.book.settle('c/m', { isStarred: true, seq: 3 }, true))
  expect([again.book.has('c', 'm'), again.book.next()]).toEqual([true, undefined])
})

it('A star that is refused goes, and one that was taken back leaves no record', () => {
  const { book, keep, stored } = open()
  keep(book.wish('c/m', { isStarred: true, seq: 3 }))
  keep(book.settle('c/m', { isStarred: true, seq: 3 }, false))
  keep(book.take(told(1, 'starred', 'n')))
  keep(book.wish('c/n', { isStarred: false, seq: 3 }))
  expect(book.has('c', 'n')).toBe(false)
  keep(book.settle('c/n', { isStarred: false, seq: 3 }, true))
  expect([...stored]).toEqual([])
})

it('A change that was made while another was under way still waits', () => {
  const { book, keep } = open()
  keep(book.wish('c/m', { isStarred: true, seq: 3 }))
  keep(book.wish('c/m', { isStarred: false, seq: 3 }))
  keep(book.settle('c/m', { isStarred: true, seq: 3 }, true))
  expect([book.has('c', 'm'), book.next()]).toEqual([false, ['c/m', { isStarred: false, seq: 3 }]])
})

it('Stars of other devices are listed, the last one first, and an older list changes nothing', () => {
  const { book, keep } = open()
  for (const [index, id] of ['a', 'b', 'c'].entries()) keep(book.take(told(index + 1, 'starred', id)))
  keep(book.take(told(4, 'unstarred', 'b')))
  keep(book.take(told(5, 'starred', 'a')))
  keep(book.adopt('c/a', { isStarred: false, seq: 3, at: 0, revision: 4 }))
  keep(book.adopt('c/d', { isStarred: true, seq: 3, at: 2, revision: 2 }))
  expect(book.all().map(({ messageId }) => messageId)).toEqual(['a', 'c', 'd'])
})
