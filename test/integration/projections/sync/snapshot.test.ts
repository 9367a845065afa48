import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SnapshotEntry } from '../../../../src/projections/sync/sync-snapshot.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import { idOf, openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

/** A device that loads a snapshot, page by page, with something happening between the pages. */
const load = async (side: ReadSide, user: string, limit: number, between: (page: number) => Promise<unknown>) => {
  const entries: SnapshotEntry[] = []
  const checkpoints = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    const found = await side.snapshot(user, { limit, cursor })
    entries.push(...found.conversations)
    checkpoints.add(found.checkpoint)
    cursor = found.cursor
    await between(page)
    await side.settled()
  }
  expect(checkpoints.size).toBe(1)
  return { entries, checkpoint: [...checkpoints][0] ?? '' }
}

test('C3: a snapshot while everything moves, then a resume from its checkpoint, misses no conversation and no event', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(fc.nat(9), { maxLength: 6 }), { maxLength: 12 }),
      async (limit, moves) => {
        const side = await openReadSide()
        const all = Array.from({ length: 10 }, (_, n) => openConversation(side.log, n + 1))
        for (const one of all.slice(0, 8)) {
          await one.start('ann', ['bob'])
          await one.send('bob', 'AAAA')
        }
        await side.settled()
        const move = async (n: number) => {
          const one = all[n]
          if (one?.revision() === -1) await one.start('bob', ['ann'])
          else await one?.send('bob', 'BBBB')
        }
        const { entries, checkpoint } = await load(side, 'ann', limit, async (page) => {
          for (const n of moves[page] ?? []) await move(n)
        })
        const known = new Map(entries.map((entry) => [entry.conversation.conversationId, entry.revision]))
        for (let n = 1; n <= 8; n += 1) expect(known.has(idOf(n))).toBe(true)

        const page = await side.sync.page('ann', checkpoint, 1000)
        for (const text of textsOf(page)) {
          const { stream, revision }: { stream: { id: string }; revision: number } = JSON.parse(text)
          const last = known.get(stream.id) ?? -1
          // C5: no gap, neither between snapshot and resume nor in a conversation that began meanwhile.
          expect(revision).toBeLessThanOrEqual(last + 1)
          known.set(stream.id, Math.max(last, revision))
        }
        for (const one of all) expect(known.get(one.id) ?? -1).toBe(one.revision())
        await side.close()
      },
    ),
    { numRuns: 60 },
  )
})

test('a snapshot brings the newest 20 messages of each conversation and the watermarks of its devices', async () => {
  const side = await openReadSide()
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  for (let n = 0; n < 25; n += 1) await group.send('ann', 'AAAA')
  await group.receipts([{ user: 'bob', delivered: 9, read: 7 }], 50)
  const { conversations } = await side.snapshot('bob', { limit: 5 })
  expect(conversations).toHaveLength(1)
  expect(conversations[0]?.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6))
  expect(conversations[0]?.receipts).toEqual([
    { conversationId: group.id, userId: 'bob', deviceId: 'phone', delivered: 9, read: 7, at: 50 },
  ])
  expect(conversations[0]).toMatchObject({ revision: 25, unread: 18, watermarks: { delivered: 9, read: 7 } })
  await side.close()
})

test('R1: a cursor of another user, or made up, is bad_cursor', async () => {
  const side = await openReadSide()
  for (let n = 1; n <= 3; n += 1) await openConversation(side.log, n).start('ann', ['bob'])
  await side.settled()
  const { cursor } = await side.snapshot('ann', { limit: 1 })
  expect(cursor).toBeDefined()
  expect(await refusal(side.snapshot('bob', { limit: 1, cursor }))).toBe('bad_cursor')
  expect(await refusal(side.snapshot('ann', { limit: 1, cursor: 'AAAA' }))).toBe('bad_cursor')
  await side.close()
})
