import { expect, test } from 'vitest'
import type { MembershipDocument } from '../../../../src/projections/documents.ts'
import {
  mayRead,
  mayReadMessage,
  newestInterval,
  visibleRevisions,
  visibleSeqs,
} from '../../../../src/projections/reading/visibility.ts'

const membership: MembershipDocument = {
  conversationId: 'c',
  userId: 'ann',
  role: 'member',
  active: 1,
  intervals: [
    { fromRevision: 2, toRevision: 5, fromSeq: 1, toSeq: 2 },
    { fromRevision: 6, toRevision: 7, fromSeq: 3, toSeq: 2 },
    { fromRevision: 10, toRevision: null, fromSeq: 6, toSeq: null },
  ],
  joinedPosition: 10,
  invitedPosition: null,
  endedPosition: null,
  endedAt: null,
}
const forEver = Number.POSITIVE_INFINITY

test('a member sees from the event that begins the membership to the one that ends it, both included', () => {
  const seen = Array.from({ length: 13 }, (_, revision) => revision).filter((revision) => mayRead(membership, revision))
  expect(seen).toEqual([2, 3, 4, 5, 6, 7, 10, 11, 12])
})

test('messages are those between joining and leaving; a stay without messages shows none', () => {
  const seen = [0, 1, 2, 3, 4, 5, 6, 7].filter((seq) => mayReadMessage(membership, seq))
  expect(seen).toEqual([1, 2, 6, 7])
  expect(visibleSeqs(membership)).toEqual([
    { from: 1, to: 2 },
    { from: 6, to: forEver },
  ])
})

test('ranges are cut to bounds, and vanish outside of them', () => {
  expect(visibleRevisions(membership, { from: 5, to: 11 })).toEqual([
    { from: 5, to: 5 },
    { from: 6, to: 7 },
    { from: 10, to: 11 },
  ])
  expect(visibleRevisions(membership, { from: 8, to: 9 })).toEqual([])
  expect(newestInterval(membership)?.fromRevision).toBe(10)
})
