import type { MessagePort } from 'node:worker_threads'
import type { DocumentStore } from '../../ports/document-store.ts'
import { answerAsk } from '../../projections/runner/control/answer-views-ask.ts'
import { createViewsControl } from '../../projections/runner/control/create-views-control.ts'
import { type RunnerOptions, startRunner } from '../../projections/runner/view-runner.ts'
import { allViews } from '../../projections/views/all-views.ts'
import type { ViewsAsk } from '../../projections/views-control.ts'
import type { FromProjector, ToProjector } from './projector-messages.ts'

export interface ProjectorThread<Finding> {
  readonly port: MessagePort
  readonly reader: RunnerOptions['reader'] & {
    head(): Promise<bigint>
    /** There is more in the log, up to here. */
    signal(position: bigint): void
    close(): Promise<void>
  }
  readonly store: DocumentStore & { close(): Promise<void> }
  readonly say: (message: FromProjector<Finding>) => void
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A page of the views' file is written once a batch, so under load larger batches are cheaper; a lone event is folded at once. */
const paceMs = 50

const startViews = <Finding>({ reader, store, say }: ProjectorThread<Finding>) =>
  startRunner({
    reader,
    store,
    views: allViews,
    paceMs,
    onProgress: (position) => say({ kind: 'progress', position }),
    onSwitched: () => say({ kind: 'switched' }),
    onRebuildProgress: (position, target) => say({ kind: 'rebuilding', position, target }),
    onParked: ({ stream, revision, error }) => say({ kind: 'parked', stream, revision, error }),
  })

/** In the projector's thread: keeps the views, answers the main thread, until it is told to close. */
export const serveProjector = async <Finding>(thread: ProjectorThread<Finding>): Promise<void> => {
  const { port, reader, store, say } = thread
  const runner = await startViews(thread)
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
}
