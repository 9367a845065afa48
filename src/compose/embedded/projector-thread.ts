import { parentPort, workerData } from 'node:worker_threads'
import { openEmbeddedDocuments } from '../../adapters/embedded/documents/open-documents.ts'
import { openEmbeddedLogReader } from '../../adapters/embedded/log/reading/log-reader.ts'
import { answerAsk } from '../../projections/runner/control/answer-views-ask.ts'
import { createViewsControl } from '../../projections/runner/control/create-views-control.ts'
import { startRunner } from '../../projections/runner/view-runner.ts'
import { allViews } from '../../projections/views/all-views.ts'
import type { ViewsAsk } from '../../projections/views-control.ts'
import type { FromProjector, ProjectorThreadData, ToProjector } from './projector-messages.ts'

/** The thread that keeps the views of the embedded profile up to date: the only writer of their file. */
const { directory } = workerData as ProjectorThreadData
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const say = (message: FromProjector): void => port.postMessage(message)
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A page of the views' file is written once a batch, so under load larger batches are cheaper; a lone event is folded at once. */
const paceMs = 50

const reader = openEmbeddedLogReader({
  directory,
  onDamage: (finding) => say({ kind: 'log_damaged', finding }),
})
const store = await openEmbeddedDocuments({ directory })
say({ kind: 'started', replaced: store.replaced })

const runner = await startRunner({
  reader,
  store,
  views: allViews,
  paceMs,
  onProgress: (position) => say({ kind: 'progress', position }),
  onSwitched: () => say({ kind: 'switched' }),
  onRebuildProgress: (position, target) => say({ kind: 'rebuilding', position, target }),
  onParked: ({ stream, revision, error }) => say({ kind: 'parked', stream, revision, error }),
})
runner.ready.then(
  () => say({ kind: 'ready' }),
  () => undefined,
)
runner.failed.catch((error: unknown) => say({ kind: 'failed', error: messageOf(error) }))

const control = createViewsControl({
  runner,
  views: allViews,
  head: () => reader.head(),
  onRebuildFailed: (error) => say({ kind: 'rebuild_failed', error: messageOf(error) }),
})
const answer = async (id: number, asked: ViewsAsk): Promise<void> =>
  say({ kind: 'answered', id, answer: await answerAsk(control, asked) })

const close = async (): Promise<void> => {
  await reader.close()
  await runner.close()
  await store.close()
  port.close()
}

port.on('message', (message: ToProjector) => {
  switch (message.kind) {
    case 'head':
      return reader.signal(message.position)
    case 'asked':
      return void answer(message.id, message.asked)
    case 'close':
      return void close()
  }
})
