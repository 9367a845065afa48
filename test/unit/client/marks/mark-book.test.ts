import type { MarkChange } from '@backscroll/protocol/rest/marks'
import { describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { isArchived, noMarks } from '../../../../packages/client/src/marks/conversation-marks.ts'
import { loadMarks } from '../../../../packages/client/src/marks/mark-book.ts'
import { watchMarks } from '../../../../packages/client/src/marks/watch-marks.ts'
import type { StoreChange } from '../../../../packages/client/src/stores/client-store.ts'

const marked = (revision: number, conversationId: string, marks: MarkChange): ClientEvent => ({
  ...{ type: 'account', change: { type: 'marked', conversationId, marks }, revision, at: 0, by: 'laptop' },
})

/** A book over a store, which `again` opens once more. */
const open = (stored = new Map<string, unknown>(), now = () => 100) => {
  const book = loadMarks(stored, now)
  const keep = (changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) {
      if (value === undefined) stored.delete(key)
      else stored.set(key, structuredClone(value))
    }
  }
  return { book, keep, stored, again: () => open(stored, now) }
}

describe('The marks that a device keeps', () => {
  it('shows an own change at once, keeps it over a restart, and sends it whole', () => {
    const first = open()
    first.keep(first.book.wish('c', { pinned: true }))
    first.keep(first.book.wish('c', { unread: true }))
    const { book } = first.again()
    expect(book.of('c')).toEqual({ ...noMarks, pinned: true, unread: true })
    expect(book.next()).toEqual(['c', { pinned: true, unread: true }])
  })

  it('goes back to what the server says when a change is refused', () => {
    const { book, keep, stored } = open()
    keep(book.take(marked(4, 'c', { unread: true })))
    keep(book.wish('c', { pinned: true }))
    keep(book.settle('c', { pinned: true }, false))
    expect([book.of('c'), book.next()]).toEqual([{ ...noMarks, unread: true }, undefined])
    keep(book.take(marked(5, 'c', { unread: false })))
    expect(stored.size).toBe(0)
  })

  it('keeps a newer change waiting that was made while an older one was under way', () => {
    const { book, keep } = open()
    keep(book.wish('c', { pinned: true, unread: true }))
    keep(book.wish('c', { pinned: false }))
    keep(book.settle('c', { pinned: true, unread: true }, true))
    expect([book.of('c'), book.next()]).toEqual([{ ...noMarks, unread: true }, ['c', { pinned: false }]])
  })

  it('shows its own waiting change over that of another device, and then the last one that the server has accepted', () => {
    const { book, keep } = open()
    keep(book.wish('c', { mutedUntil: 'forever' }))
    keep(book.take(marked(1, 'c', { mutedUntil: 500, pinned: true })))
    expect(book.of('c')).toMatchObject({ mutedUntil: 'forever', pinned: true })
    keep(book.settle('c', { mutedUntil: 'forever' }, true))
    keep(book.take(marked(2, 'c', { mutedUntil: 'forever' })))
    keep(book.take(marked(3, 'c', { mutedUntil: null })))
    expect(book.of('c')).toEqual({ ...noMarks, pinned: true })
  })

  it('takes nothing from a list that is older than an event', () => {
    const { book, keep } = open()
    keep(book.take(marked(7, 'c', { pinned: true })))
    keep(book.adopt('c', noMarks, 6))
    keep(book.adopt('d', { ...noMarks, unread: true }, 6))
    expect([book.of('c').pinned, book.of('d').unread]).toEqual([true, true])
  })

  it('passes over a damaged record', () => {
    const { book } = open(new Map([['mark/c', { marks: 'none' }]]))
    expect(book.of('c')).toEqual(noMarks)
  })
})

describe('An archived conversation', () => {
  it('comes back with a later message, and stays away as long as it is muted', () => {
    const archived = { ...noMarks, archivedUpTo: 3 }
    expect([isArchived(archived, 3, 0), isArchived(archived, 4, 0), isArchived(noMarks, 0, 0)]).toEqual([
      true,
      false,
      false,
    ])
    const muted = { ...archived, mutedUntil: 10 }
    expect([isArchived(muted, 4, 9), isArchived(muted, 4, 10)]).toEqual([true, false])
  })
})

it('A mute ends by its time, and whoever watches is told, also after more than a timer can wait', () => {
  let now = 0
  let timer: { readonly at: number; readonly call: () => void } | undefined
  const clock = {
    now: () => now,
    after: (ms: number, call: () => void) => {
      timer = { at: now + ms, call }
      return () => {
        timer = undefined
      }
    },
  }
  const { book } = open(new Map(), () => now)
  const told: (string | undefined)[] = []
  const end = watchMarks(
    book,
    clock,
    () => now,
    (id) => told.push(id),
  )
  book.wish('c', { mutedUntil: 200_000_000 })
  expect([told, book.isMuted('c')]).toEqual([['c'], true])
  while (timer !== undefined) {
    now = timer.at
    timer.call()
  }
  expect([now, book.isMuted('c'), told.at(-1)]).toEqual([200_000_000, false, undefined])
  book.wish('c', { mutedUntil: 300_000_000 })
  end()
  expect(timer).toBeUndefined()
})
