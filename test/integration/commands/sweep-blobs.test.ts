import { mkdtemp, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFileBlobs } from '../../../src/adapters/embedded/blobs/file-blobs.ts'
import { sweepBlobs } from '../../../src/commands/sweep-blobs.ts'
import type { BlobRef } from '../../../src/domain/conversation/groups/group.ts'
import type { BlobStore } from '../../../src/ports/blob-store.ts'
import { createNamedBlobs } from '../../../src/projections/queries/named-blobs.ts'
import { createViews } from '../../../src/projections/reading/view-reader.ts'
import { createViewsComplete } from '../../../src/projections/watermark/views-complete.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { openConversation, openReadSide, type ReadSide } from '../../support/projections/read-side.ts'

let directory: string
let blobs: BlobStore
let side: ReadSide
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-sweep-'))
  blobs = await openFileBlobs(directory)
  side = await openReadSide()
})
afterEach(() => side.close())

const put = async (content: string, ageHours: number): Promise<BlobRef> => {
  const ref = await blobs.put(new TextEncoder().encode(content))
  const at = new Date(Date.now() - ageHours * 3_600_000)
  await utimes(join(directory, 'blobs', ref.hash.slice(0, 2), ref.hash), at, at)
  return ref
}

const sweep = (isComplete = createViewsComplete(side)) =>
  sweepBlobs({ blobs, named: createNamedBlobs(createViews(side)), isComplete, now: Date.now })

const kept = async (refs: Readonly<Record<string, BlobRef>>) => {
  const found: string[] = []
  for (const [name, { hash }] of Object.entries(refs)) if ((await blobs.get(hash)) !== undefined) found.push(name)
  return found
}

const committed = (epoch: number, refs: { commit: BlobRef | null; welcome: BlobRef | null; groupInfo: BlobRef }) => ({
  type: 'GroupCommitted' as const,
  data: { generation: 0, epoch, external: false, added: [], removed: [], ...refs },
})

test("a blob that no event names, or only an older epoch's GroupInfo, is removed after a day; all others stay", async () => {
  const refs = {
    commit: await put('commit', 100),
    welcome: await put('welcome', 100),
    older: await put('older group info', 100),
    newest: await put('newest group info', 100),
    lost: await put('of a commit that lost', 25),
    young: await put('of a commit that is about to win', 23),
  }
  const conversation = openConversation(side.log, 1)
  await conversation.start('ann', ['bob'])
  const { commit, welcome, older, newest } = refs
  await conversation.append('ann', committed(1, { commit, welcome, groupInfo: older }))
  await conversation.append('ann', committed(2, { commit: null, welcome: null, groupInfo: newest }))
  expect(await sweep()).toBe(2)
  expect(await kept(refs)).toEqual(['commit', 'welcome', 'newest', 'young'])
  expect(await sweep()).toBe(0)
})

test('nothing goes while the views cannot tell', async () => {
  await put('unnamed', 100)
  expect(await sweep(async () => false)).toBe(0)
  // A stream that stands still may name it.
  const poison = {
    id: '1',
    type: 'Unheard',
    version: 1,
    at: 1,
    userId: 'ann',
    deviceId: 'phone',
    data: '{}',
    body: null,
  }
  await appendAtEnd(side.log, 'conversation-00000000-0000-4000-8000-000000000001', [poison])
  expect(await sweep()).toBe(0)
})
