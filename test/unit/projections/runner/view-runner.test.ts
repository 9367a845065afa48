import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryDocumentStore } from '../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { createViewCatalog } from '../../../../src/projections/runner/generations/view-catalog.ts'
import { type Runner, type RunnerOptions, startRunner } from '../../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { createFailingStore } from '../../../support/projections/failing-store.ts'
import { openConversation } from '../../../support/projections/read-side.ts'

describe('the runner', () => {
  let runner: Runner | undefined
  afterEach(() => runner?.close())

  const world = async (options: Partial<RunnerOptions> = {}) => {
    const log = createMemoryLog()
    const store = createMemoryDocumentStore()
    const conversation = openConversation(log, 1)
    await conversation.start('ann', ['bob'])
    const started = await startRunner({ reader: log, store, views: allViews, ...options })
    runner = started
    return { log, store, conversation, runner: started }
  }

  it('follows the log into every view, and tells how far it is', async () => {
    const positions: bigint[] = []
    const { log, store, conversation, runner } = await world({ onProgress: (at) => positions.push(at) })
    await runner.ready
    await conversation.send('ann', 'MQ==')
    await conversation.send('bob', 'Mg==')
    await expect.poll(runner.position).toBe(await log.head())
    const catalog = await createViewCatalog(store)
    const found = await store.get(catalog.collection('conversations'), conversation.id)
    expect(found?.document).toMatchObject({ lastSeq: 2, memberCount: 2 })
    expect(await store.count(catalog.collection('timeline'), {}, 10)).toBe(2)
    expect(positions[0]).toBe(0n)
    expect(positions.at(-1)).toBe(3n)
    expect(positions.toSorted()).toEqual(positions)
  })

  it('dies when the store fails, and the next one goes on from the checkpoint', async () => {
    const log = createMemoryLog()
    const store = createMemoryDocumentStore()
    const conversation = openConversation(log, 1)
    await conversation.start('ann', ['bob'])
    const first = await startRunner({ reader: log, store, views: allViews })
    await first.ready
    await first.close()
    const dying = await startRunner({ reader: log, store: createFailingStore(store, [0]), views: allViews })
    await conversation.send('ann', 'MQ==')
    await expect(dying.failed).rejects.toThrow('the power went')
    expect(dying.position()).toBe(1n)
    await dying.close()
    runner = await startRunner({ reader: log, store, views: allViews })
    await expect.poll(runner.position).toBe(2n)
  })

  it('can be closed in mid-rebuild', async () => {
    const { conversation, runner } = await world()
    for (let n = 0; n < 200; n += 1) await conversation.send('ann', 'MQ==')
    const rebuilding = runner.rebuild()
    const refused = expect(rebuilding).rejects.toThrow('closed')
    await runner.close()
    await refused
  })

  it('folds a parked stream of any length when it is retried', async () => {
    let refuses = true
    const picky = {
      name: 'picky',
      version: 1,
      fields: {},
      indexes: [],
      streams: 'conversation' as const,
      project: () => {
        if (refuses) throw new Error('not now')
        return []
      },
    }
    const { log, store, conversation, runner } = await world({ views: [...allViews, picky] })
    for (let n = 0; n < 2_500; n += 1) await conversation.send('ann', 'MQ==')
    await runner.ready
    await expect.poll(runner.position).toBe(await log.head())
    refuses = false
    expect(await runner.retryParked(conversation.stream)).toBe(true)
    const catalog = await createViewCatalog(store)
    expect(await store.count(catalog.collection('timeline'), {}, 10_000)).toBe(2_500)
    expect(await store.listMeta('parked/')).toEqual([])
    expect(await runner.retryParked('conversation-none')).toBe(true)
  })
})
