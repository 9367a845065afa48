import { expect, test } from 'vitest'
import { createMemoryDocumentStore } from '../../../../src/adapters/memory/document-store.ts'
import { padded } from '../../../../src/projections/documents.ts'
import { createMediaReaders } from '../../../../src/projections/queries/media-readers.ts'
import { createViews, membershipKey } from '../../../../src/projections/reading/view-reader.ts'

interface Named {
  readonly conversationId: string
  readonly seq: number
}

const collections = [
  { name: 'media', fields: { mediaId: 'text' }, indexes: [] },
  { name: 'memberships', fields: {}, indexes: [] },
  { name: 'conversations', fields: {}, indexes: [] },
] as const

const mediaWrite = (one: Named) => ({
  ...{ collection: 'media', key: `${one.conversationId}/${padded(one.seq)}/00`, revision: 1 },
  document: { ...one, mediaId: 'file', revision: one.seq, at: 0, index: 0 },
})
const conversationWrite = (key: string) => ({
  ...{ collection: 'conversations', key, revision: 1 },
  document: { retentionSeconds: 0, expiredSeq: 0 },
})

/** Views in which messages name one file, and `eve` has the given intervals in some conversations. */
const openViews = async (
  named: readonly Named[],
  intervals: Readonly<Record<string, readonly (readonly [number, number | null])[]>>,
) => {
  const documents = createMemoryDocumentStore()
  for (const collection of collections) await documents.open(collection)
  const memberships = Object.entries(intervals).map(([conversationId, all]) => ({
    ...{ collection: 'memberships', key: membershipKey(conversationId, 'eve'), revision: 1 },
    document: { intervals: all.map(([fromSeq, toSeq]) => ({ fromSeq, toSeq })) },
  }))
  const conversations = [...new Set(named.map(({ conversationId }) => conversationId))].map(conversationWrite)
  await documents.write([...named.map(mediaWrite), ...memberships, ...conversations])
  let read = 0
  const counting: typeof documents = {
    ...documents,
    find: async (collection, query) => {
      const found = await documents.find(collection, query)
      if (collection === 'media') read += found.length
      return found
    },
  }
  const readers = createMediaReaders({
    views: createViews({ documents: counting, collectionOf: (view) => view }),
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
  const { readers, read } = await openViews([...messages('c-1', 6_000), ...messages('c-2', 3)], {})
  expect(await readers.mayReadMedia('eve', 'file')).toBe(false)
  expect(read()).toBeLessThan(500)
})

test('a member is not shown what came before, however much that is', async () => {
  const { readers, read } = await openViews(messages('c-1', 6_000), { 'c-1': [[6_001, null]] })
  expect(await readers.mayReadMedia('eve', 'file')).toBe(false)
  expect(read()).toBeLessThan(500)
})

test('a message is found in the second interval of a member, and in a later conversation', async () => {
  const often = [...messages('c-1', 3_000), ...messages('c-2', 1)]
  const intervals = [
    { 'c-1': [[1, 0] as const, [2_500, 2_500] as const] },
    { 'c-1': [[4_000, null] as const], 'c-2': [[1, null] as const] },
  ]
  for (const one of intervals) {
    const { readers } = await openViews(often, one)
    expect(await readers.mayReadMedia('eve', 'file')).toBe(true)
  }
})
