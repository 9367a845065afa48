import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryDocumentStore, createMemoryDocuments } from '../../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog, createMemoryStorage } from '../../../../../src/adapters/memory/event-log.ts'
import { createViewCatalog } from '../../../../../src/projections/runner/generations/view-catalog.ts'
import { startRunner } from '../../../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../../../src/projections/views/all-views.ts'
import { countingView } from '../../../../support/projections/counting-view.ts'
import { dumpDocuments, dumpViews } from '../../../../support/projections/documents-dump.ts'
import { createFailingStore } from '../../../../support/projections/failing-store.ts'
import { attempts, createHistory } from '../../../../support/projections/generated-history.ts'
import { openConversation } from '../../../../support/projections/read-side.ts'

const talk = async (log: ReturnType<typeof createMemoryLog>, n: number, messages: number): Promise<void> => {
  const conversation = openConversation(log, n)
  await conversation.start('ann', ['bob'])
  for (let at = 0; at < messages; at += 1) await conversation.send('ann', `body ${at}`)
}

describe('a rebuild', () => {
  it('under live traffic switches to the identical result [P6]', async () => {
    await fc.assert(
      fc.asyncProperty(attempts(40), attempts(40), async (before, during) => {
        const log = createMemoryLog()
        const history = createHistory(log)
        const documents = createMemoryDocuments()
        const store = createMemoryDocumentStore(documents)
        for (const each of before) await history.attempt(each)
        const runner = await startRunner({
          reader: log,
          store,
          views: allViews,
          batchSize: 3,
          paceMs: 0,
          dropDelayMs: 0,
        })
        await runner.ready
        const rebuilding = runner.rebuild(['timeline', 'reactions', 'watermarks'])
        for (const each of during) await history.attempt(each)
        await rebuilding
        await expect.poll(runner.position).toBe(await log.head())
        await expect
          .poll(() => [...documents.collections.keys()].filter((name) => name.startsWith('timeline')))
          .toEqual(['timeline.v1.1'])
        await runner.close()

        const fresh = createMemoryDocuments()
        const other = await startRunner({ reader: log, store: createMemoryDocumentStore(fresh), views: allViews })
        await other.ready
        await other.close()
        expect(dumpViews(documents)).toEqual(dumpViews(fresh))
      }),
      { numRuns: 25 },
    )
  })

  it('of a view whose version changed leaves the old generation readable until the switch, and W below the head', async () => {
    const log = createMemoryLog()
    const store = createMemoryDocumentStore()
    await talk(log, 1, 3)
    const first = await startRunner({ reader: log, store, views: [countingView(1)] })
    await first.ready
    await first.close()
    await talk(log, 2, 2)

    const positions: bigint[] = []
    const views = [...allViews, countingView(2)]
    const second = await startRunner({ reader: log, store, views, onProgress: (at) => positions.push(at) })
    const catalog = await createViewCatalog(store)
    expect(catalog.collection('counting')).toBe('counting.v1.0')
    expect(catalog.collection('timeline')).toBe('timeline.none')
    await second.ready
    await catalog.refresh()
    expect(catalog.collection('counting')).toBe('counting.v2.1')
    expect((await store.find('counting.v2.1', {})).map(({ document }) => document.count).toSorted()).toEqual([4, 6])
    expect(await store.find('counting.v1.0', {})).toHaveLength(1)
    expect(positions).toEqual([0n, await log.head()])
    await second.close()
  })

  it('goes on where it was killed, and drops what it replaced', async () => {
    const log = createMemoryLog()
    const documents = createMemoryDocuments()
    const store = createMemoryDocumentStore(documents)
    for (let n = 1; n <= 9; n += 1) await talk(log, n, 1_000)
    // Writes: the log's epoch, what is being built, one page; it dies at the second.
    const dying = await startRunner({ reader: log, store: createFailingStore(store, [3]), views: allViews })
    await expect(dying.failed).rejects.toThrow('the power went')
    await dying.close()

    const from: bigint[] = []
    const onRebuildProgress = (at: bigint): number => from.push(at)
    const runner = await startRunner({ reader: log, store, views: allViews, onRebuildProgress })
    await runner.ready
    expect(from[0]).toBeGreaterThan(4_000n)
    await runner.close()
    const fresh = createMemoryDocuments()
    const other = await startRunner({ reader: log, store: createMemoryDocumentStore(fresh), views: allViews })
    await other.ready
    await other.close()
    expect(dumpDocuments(documents)).toEqual(dumpDocuments(fresh))
  })

  it('begins from zero when the log is another one, or ends before the views', async () => {
    const documents = createMemoryDocuments()
    const store = createMemoryDocumentStore(documents)
    const project = async (storage = createMemoryStorage(), messages = 1) => {
      const log = createMemoryLog(storage)
      await talk(log, 7, messages)
      const runner = await startRunner({ reader: log, store, views: allViews })
      await runner.ready
      expect(runner.position()).toBe(await log.head())
      await runner.close()
      return dumpViews(documents).filter((line) => line.startsWith('timeline')).length
    }
    const storage = createMemoryStorage()
    expect(await project(storage, 3)).toBe(3)
    expect(await project(createMemoryStorage(), 2)).toBe(2)
    const cut = { ...createMemoryStorage(), epoch: (await store.getMeta('epoch')) ?? '' }
    expect(await project(cut, 1)).toBe(1)
  })

  it('removes views that the code no longer has', async () => {
    const log = createMemoryLog()
    const documents = createMemoryDocuments()
    const store = createMemoryDocumentStore(documents)
    await talk(log, 1, 1)
    for (const views of [[...allViews, countingView()], allViews]) {
      const runner = await startRunner({ reader: log, store, views })
      await runner.ready
      await runner.close()
    }
    const again = await startRunner({ reader: log, store, views: allViews, dropDelayMs: 0 })
    await again.close()
    expect([...documents.collections.keys()].some((name) => name.startsWith('counting'))).toBe(false)
  })
})
