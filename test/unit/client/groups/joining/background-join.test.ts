import { expect, it } from 'vitest'
import type { GroupChange } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import { createBackgroundJoin } from '../../../../../packages/client/src/groups/joining/background-join.ts'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { createStoreWriter } from '../../../../../packages/client/src/stores/store-writer.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

/**
 * A device outside a group that was reset. `welcomes`: whether one waits, each time that it asks; `found`: what it would
 * do without.
 */
const outside = async (welcomes: readonly boolean[], found: GroupChange) => {
  const clock = createVirtualClock()
  const write = async () => {}
  const onError = (thrown: unknown) => expect.fail(String(thrown))
  const book = createGroupBook(new Map(), createStoreWriter({ write }, clock, onError))
  const inserted: GroupChange[] = []
  let asked = 0
  const { joinInBackground } = createBackgroundJoin({
    ...{ book, clock, random: () => 0.5, onError },
    enter: {
      byWelcome: async () => {
        asked += 1
        return welcomes[asked - 1] ?? false
      },
      byCommit: async () => found,
    },
    followCommits: async () => false,
    insert: (_, change) => {
      inserted.push(change)
      return 'again'
    },
    knows: () => true,
    caughtUp: async () => {},
    isClosed: () => false,
  })
  await joinInBackground(book.of('c'))
  return { inserted, asked }
}

it('a group that was begun between the two questions is entered by its Welcome, not by an epoch more', async () => {
  expect(await outside([false, true], { type: 'rejoin' })).toEqual({ inserted: [], asked: 2 })
})

it('without any Welcome the device comes in by a commit of its own, and begins what nobody has begun', async () => {
  expect(await outside([false, false], { type: 'rejoin' })).toEqual({ inserted: [{ type: 'rejoin' }], asked: 2 })
  expect(await outside([false], { type: 'begin' })).toEqual({ inserted: [{ type: 'begin' }], asked: 1 })
})

it('joins one conversation after the other, and first that in which something has just happened', async () => {
  const clock = createVirtualClock()
  const write = async () => {}
  const onError = (thrown: unknown) => expect.fail(String(thrown))
  const book = createGroupBook(new Map(), createStoreWriter({ write }, clock, onError))
  const tried: string[] = []
  const { want } = createBackgroundJoin({
    ...{ book, clock, random: () => 0.5, onError },
    enter: { byWelcome: async () => false, byCommit: async () => ({ type: 'rejoin' }) },
    followCommits: async () => false,
    insert: (id) => {
      tried.push(id)
      return 'again'
    },
    knows: () => true,
    caughtUp: async () => {
      if (tried.length === 1) want('late', 'now')
    },
    isClosed: () => false,
  })
  for (const id of ['a', 'b', 'c', 'd']) want(id, 'in_turn')
  for (const id of ['c', 'd', 'c']) want(id, 'now')
  await clock.advance(1_000)
  expect(tried).toEqual(['c', 'd', 'late', 'a', 'b'])
})
