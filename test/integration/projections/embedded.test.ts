import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  openEmbeddedDocumentReader,
  openEmbeddedDocuments,
} from '../../../src/adapters/embedded/documents/open-documents.ts'
import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import type { DocumentReader } from '../../../src/ports/document-store.ts'
import { createViewCatalog, type ViewCatalog } from '../../../src/projections/runner/generations/view-catalog.ts'
import { startRunner } from '../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../src/projections/views/all-views.ts'
import { type Attempt, attempts, createHistory } from '../../support/projections/generated-history.ts'
import { projectAsOf } from '../../support/projections/project-as-of.ts'

const contents = async (reader: DocumentReader, catalog: ViewCatalog): Promise<string> => {
  const orderBy = { field: 'key', direction: 'ascending' } as const
  const all = allViews.map(({ name }) => reader.find(catalog.collection(name), { orderBy }))
  return JSON.stringify(await Promise.all(all), null, 1)
}

const embeddedRun = async (directory: string, before: readonly Attempt[], during: readonly Attempt[]) => {
  const log = await openEmbeddedLog({ directory })
  const store = await openEmbeddedDocuments({ directory })
  const reader = await openEmbeddedDocumentReader({ directory })
  const catalog = await createViewCatalog(reader)
  const history = createHistory(log)
  for (const each of before) await history.attempt(each)
  const options = { reader: log, store, views: allViews, batchSize: 5, paceMs: 1 }
  const first = await startRunner(options)
  await first.ready
  await first.close()

  const second = await startRunner({ ...options, onSwitched: () => void catalog.refresh() })
  const rebuilding = second.rebuild()
  for (const each of during) await history.attempt(each)
  await rebuilding
  await expect.poll(second.position).toBe(await log.head())
  await second.close()
  await catalog.refresh()

  const memory = createMemoryDocumentStore()
  const asOf = await projectAsOf({ reader: log, store: memory, views: allViews, position: await log.head() })
  const outcome = { embedded: await contents(reader, catalog), memory: await contents(memory, asOf.catalog) }
  await reader.close()
  await store.close()
  await log.close()
  return outcome
}

it('the embedded views, rebuilt under traffic and read beside their writer, equal a fold from zero in memory [P6]', async () => {
  await fc.assert(
    fc.asyncProperty(attempts(60), attempts(60), async (before, during) => {
      const directory = await mkdtemp(join(tmpdir(), 'views-'))
      try {
        const { embedded, memory } = await embeddedRun(directory, before, during)
        expect(embedded).toBe(memory)
      } finally {
        await rm(directory, { recursive: true })
      }
    }),
    { numRuns: 8 },
  )
}, 120_000)
