import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbeddedDocuments } from '../../src/adapters/embedded/documents/open-documents.ts'
import type { DocumentStore } from '../../src/ports/document-store.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import { type Runner, startRunner } from '../../src/projections/runner/view-runner.ts'
import { allViews } from '../../src/projections/views/all-views.ts'
import { dataIn } from './solo.ts'

export interface RunningViews {
  readonly store: DocumentStore
  readonly runner: Runner
  /** Resolves when everything that is in the log now is folded. */
  caughtUp(): Promise<void>
}

/** The views of the product, kept by this process. */
export const withViews = async <Result>(
  directory: string,
  log: EventLog,
  use: (views: RunningViews) => Promise<Result>,
): Promise<Result> => {
  await using opened = new AsyncDisposableStack()
  const store = await openEmbeddedDocuments({ directory: dataIn(directory) })
  opened.defer(() => store.close())
  const runner = await startRunner({ reader: log, store, views: allViews })
  opened.defer(() => runner.close())
  const caughtUp = async (): Promise<void> => {
    await runner.ready
    const head = await log.head()
    while (runner.position() < head) await sleep(5)
  }
  return await use({ store, runner, caughtUp })
}
