import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbeddedDocuments } from '../../../../src/adapters/embedded/documents/open-documents.ts'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { createSyncService } from '../../../../src/projections/sync/create-sync-service.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import {
  type Conversation,
  openConversation,
  openReadSide,
  type ReadSide,
} from '../../../support/projections/read-side.ts'

/** The largest number of conversations of a user, with the default settings. */
const memberships = 10_000
/** That end again, before anything is measured. */
const former = 2_000

let directory: string
let side: ReadSide
let documents: Awaited<ReturnType<typeof openEmbeddedDocuments>>
const all: Conversation[] = []

const inParts = async (count: number, work: (index: number) => Promise<unknown>) => {
  for (let done = 0; done < count; done += 500)
    await Promise.all(Array.from({ length: Math.min(500, count - done) }, (_, index) => work(done + index)))
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-many-'))
  documents = await openEmbeddedDocuments({ directory })
  side = await openReadSide({ log: await openEmbeddedLog({ directory }), documents })
  for (let n = 0; n < memberships + former; n += 1) all.push(openConversation(side.log, n + 1))
  await inParts(all.length, async (n) => all[n]?.start('ann', ['bob']))
  await inParts(former, async (n) => all[memberships + n]?.remove('ann', 'bob'))
  await side.settled()
}, 120_000)
afterAll(async () => {
  await side.close()
  await documents.close()
  await rm(directory, { recursive: true })
})

const send = (from: number, count: number) =>
  inParts(count, async (n) => all[(from + n) % memberships]?.send('ann', 'QUFBQQ=='))

/** Everything after a checkpoint, and what it was read from. */
const resumed = async (since: string, sync = side.sync) => {
  const events: { stream: { id: string }; revision: number; position: string }[] = []
  const cursor = await sync.resume('bob', since)
  for (let more = true; more; ) {
    const page = await cursor.next(500)
    events.push(...textsOf(page).map((text) => JSON.parse(text)))
    more = page.more
  }
  return events
}

test('P4: a user of 10,000 conversations resumes, also when 2,000 of them have moved', async () => {
  const since = side.sync.checkpoint([await side.log.head()])
  await send(0, 2_000)
  const events = await resumed(since)
  expect(new Set(events.map(({ stream }) => stream.id))).toEqual(new Set(all.slice(0, 2_000).map(({ id }) => id)))
  const positions = events.map(({ position }) => Number(position))
  expect(positions).toEqual(positions.toSorted((a, b) => a - b))
}, 120_000)

test('P4: a snapshot of 10,000 conversations is whole while they go on, and its checkpoint can be resumed from', async () => {
  const found = new Map<string, number>()
  let checkpoint = ''
  let moved = 0
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await side.snapshot('bob', { cursor, limit: 200 })
    for (const { conversation, revision } of page.conversations) found.set(conversation.conversationId, revision)
    await send(5_000 + moved, 20)
    moved += 20
    cursor = page.cursor
    checkpoint = page.checkpoint
    more = cursor !== undefined
  }
  expect(found.size).toBe(memberships)
  for (const { stream, revision } of await resumed(checkpoint)) {
    const last = found.get(stream.id) ?? -1
    if (revision > last) expect(revision).toBe(last + 1)
    found.set(stream.id, Math.max(last, revision))
  }
  for (const { id } of all.slice(5_000, 5_000 + moved)) expect(found.get(id)).toBe(1)
}, 120_000)

test('P7: conversations that a user was in before cost a resume nothing', async () => {
  let read = 0
  const counting = {
    ...side.documents,
    find: async (...query: Parameters<typeof side.documents.find>) => {
      const found = await side.documents.find(...query)
      read += found.length
      return found
    },
  }
  const sync = createSyncService({ ...side, documents: counting })
  expect(await resumed(side.sync.checkpoint([await side.log.head()]), sync)).toEqual([])
  expect(read).toBe(memberships)
})
