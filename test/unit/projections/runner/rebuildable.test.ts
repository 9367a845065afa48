import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createMemoryDocumentStore,
  createMemoryDocuments,
  type MemoryDocuments,
} from '../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog, type MemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import type { DocumentStore } from '../../../../src/ports/document-store.ts'
import { startRunner } from '../../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { countingView } from '../../../support/projections/counting-view.ts'
import { dumpDocuments } from '../../../support/projections/documents-dump.ts'
import { createFailingStore } from '../../../support/projections/failing-store.ts'
import { attempts, createHistory } from '../../../support/projections/generated-history.ts'

/** The counting one does not survive a single repetition. */
const views = [...allViews, countingView()]

/** Runs until the views have reached the head, starting again from the checkpoint whenever the store fails. */
const follow = async (log: MemoryLog, store: DocumentStore, batchSize: number): Promise<void> => {
  const head = await log.head()
  const reached = Promise.withResolvers<'reached'>()
  const onProgress = (position: bigint): void => (position >= head ? reached.resolve('reached') : undefined)
  for (let runs = 0; runs < 50; runs += 1) {
    try {
      const runner = await startRunner({ reader: log, store, views, batchSize, paceMs: 0, onProgress })
      const end = await Promise.race([reached.promise, runner.failed.catch(() => 'failed')])
      await runner.close()
      if (end === 'reached') return
    } catch {
      // Died while it was opening its generations: the next run goes on.
    }
  }
  throw new Error('the views never reached the head')
}

const rebuilt = async (log: MemoryLog): Promise<MemoryDocuments> => {
  const documents = createMemoryDocuments()
  await follow(log, createMemoryDocumentStore(documents), 1_000)
  return documents
}

/** Texts of bodies that the log has blanked. */
const bodiesOf = async (log: MemoryLog): Promise<ReadonlySet<string>> => {
  const events = await log.readAll(0n, 100_000)
  return new Set(events.flatMap(({ body }) => (body === null ? [] : [body])))
}

const scenario = fc.record({
  rounds: fc.array(
    fc.record({
      tried: attempts(30),
      batchSize: fc.integer({ min: 1, max: 7 }),
      deaths: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
})

describe('views are rebuildable [P6]', () => {
  it('equal, byte for byte, the views rebuilt from zero, whatever the batches and wherever the process died', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ rounds }) => {
        const log = createMemoryLog()
        const history = createHistory(log)
        const documents = createMemoryDocuments()
        for (const { tried, batchSize, deaths } of rounds) {
          for (const each of tried) await history.attempt(each)
          await follow(log, createFailingStore(createMemoryDocumentStore(documents), deaths), batchSize)
        }
        expect(dumpDocuments(documents)).toEqual(dumpDocuments(await rebuilt(log)))
      }),
      { numRuns: 40 },
    )
  })

  it('hold no body that the log has blanked [M4]', async () => {
    await fc.assert(
      fc.asyncProperty(attempts(80), async (tried) => {
        const log = createMemoryLog()
        const history = createHistory(log)
        const documents = createMemoryDocuments()
        const store = createMemoryDocumentStore(documents)
        for (const each of tried) await history.attempt(each)
        await follow(log, store, 5)
        const kept = await bodiesOf(log)
        const found = dumpDocuments(documents).flatMap((line) => line.match(/body-\d+-/g) ?? [])
        expect(found.filter((body) => !kept.has(body))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
