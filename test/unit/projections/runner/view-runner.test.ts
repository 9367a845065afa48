import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryDocumentStore } from '../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import type { NewEvent } from '../../../../src/ports/event-log.ts'
import { type Runner, startRunner } from '../../../../src/projections/runner/runner.ts'
import { createViewCatalog } from '../../../../src/projections/runner/view-catalog.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'

const started = (id: string): NewEvent => ({
  id,
  type: 'ConversationStarted',
  version: 1,
  at: 1,
  userId: 'ann',
  deviceId: 'phone',
  data: JSON.stringify({ kind: 'group', members: [{ userId: 'ann', role: 'owner' }], clientSeq: 1 }),
  body: null,
})
const sent = (seq: number): NewEvent => ({
  ...started(`m${seq}`),
  type: 'MessageSent',
  data: JSON.stringify({ messageId: `m${seq}`, seq, clientSeq: seq + 1 }),
  body: 'Ym9keQ==',
})

describe('the runner', () => {
  let runner: Runner | undefined
  afterEach(() => runner?.close())

  it('follows the log into every view', async () => {
    const log = createMemoryLog()
    const store = createMemoryDocumentStore()
    await log.append('conversation-c1', [started('s'), sent(1)], 'no_stream')
    runner = await startRunner({ reader: log, store, views: allViews })
    await runner.ready
    await log.append('conversation-c1', [sent(2)], 1)
    await expect.poll(() => runner?.position()).toBe(3n)
    const catalog = await createViewCatalog(store)
    expect((await store.get(catalog.collection('conversations'), 'c1'))?.document).toMatchObject({
      lastSeq: 2,
      memberCount: 1,
    })
    expect(await store.count(catalog.collection('timeline'), {}, 10)).toBe(2)
  })
})
