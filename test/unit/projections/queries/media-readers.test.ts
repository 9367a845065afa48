import { expect, test } from 'vitest'
import { padded } from '../../../../src/projections/documents.ts'
import { createMediaReaders } from '../../../../src/projections/queries/media-readers.ts'
import type { Views } from '../../../../src/projections/reading/view-reader.ts'

interface Named {
  readonly conversationId: string
  readonly seq: number
}

/** Views in which messages name one file, and `eve` has the given intervals in some conversations. */
const openViews = (
  named: readonly Named[],
  intervals: Readonly<Record<string, readonly [number, number | null][]>>,
) => {
  let read = 0
  const keyOf = ({ conversationId, seq }: Named) => `${conversationId}/${padded(seq)}/00`
  const sorted = [...named].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  const membershipOf = (conversationId: string) =>
    intervals[conversationId]?.length === undefined
      ? undefined
      : {
          intervals: intervals[conversationId].map(([fromSeq, toSeq]) => ({ fromSeq, toSeq, heldUntil: undefined })),
        }
  const views = {
    find: async (_view: string, { key, limit }: { key: { gt: string }; limit: number }) => {
      const page = sorted.filter((one) => keyOf(one) > key.gt).slice(0, limit)
      read += page.length
      return page.map((one) => ({ ...one, mediaId: 'file', revision: one.seq, at: 0, index: 0 }))
    },
    byKeys: async (view: string, keys: readonly string[]) => {
      const of = (key: string) => (view === 'memberships' ? membershipOf(key.split('/')[0] ?? '') : {})
      return new Map(keys.flatMap((key) => (of(key) === undefined ? [] : [[key, of(key)]])))
    },
  } as unknown as Views
  const readers = createMediaReaders({
    views,
    log: { heads: async () => [] },
    watermark: { reached: async () => true },
    now: () => 0,
    patienceMs: 0,
  })
  return { readers, read: () => read }
}

const messages = (conversationId: string, count: number): readonly Named[] =>
  Array.from({ length: count }, (_, seq) => ({ conversationId, seq: seq + 1 }))

test('a conversation that names a file very often costs others one page', async () => {
  const { readers, read } = openViews([...messages('c-1', 6_000), ...messages('c-2', 3)], {})
  expect(await readers.mayReadMedia('eve', 'file')).toBe(false)
  expect(read()).toBeLessThan(500)
})

test('a member is not shown what came before, however much that is', async () => {
  const { readers, read } = openViews(messages('c-1', 6_000), { 'c-1': [[6_001, null]] })
  expect(await readers.mayReadMedia('eve', 'file')).toBe(false)
  expect(read()).toBeLessThan(500)
})

test('a message is found in the second interval of a member, and in a later conversation', async () => {
  const often = [...messages('c-1', 3_000), ...messages('c-2', 1)]
  expect(
    await openViews(often, {
      'c-1': [
        [1, 0],
        [2_500, 2_500],
      ],
    }).readers.mayReadMedia('eve', 'file'),
  ).toBe(true)
  expect(
    await openViews(often, { 'c-1': [[4_000, null]], 'c-2': [[1, null]] }).readers.mayReadMedia('eve', 'file'),
  ).toBe(true)
})
