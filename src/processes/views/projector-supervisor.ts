import type { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { ViewsControl } from '../../projections/views-control.ts'
import { endThread } from '../../runtime/end-thread.ts'
import { createProjectorAsks } from './ask-projector.ts'
import type { FromProjector, ToProjector } from './projector-messages.ts'

export interface ProjectorEvents {
  readonly onProgress: (position: bigint) => void
  readonly onSwitched: () => void
  readonly logger: Logger
}

export interface Projector {
  /** Why the views do not move, or are not there yet; undefined while they do. */
  trouble(): string | undefined
  /** Somebody who reads them found them damaged: they are begun anew. */
  damaged(error: unknown): void
  readonly control: ViewsControl
  /** Ends the thread after the batch in progress. */
  close(): Promise<void>
}

/**
 * Commits of this time reach the projector as one batch: a batch costs far more than an event, and a query that cannot
 * wait says `atLeast`.
 */
const gatherMs = 5

const end = (worker: Worker): Promise<void> => endThread(worker, { kind: 'close' } satisfies ToProjector)

const lineOf = (replaced: string): string =>
  replaced === 'corrupt'
    ? 'views.db is damaged and is made anew from the event log: /readyz says 503 until then'
    : `views.db was begun anew: ${replaced}`

const restartAfterMs = { first: 500, most: 30_000 }

export interface ProjectorLog<Finding> {
  /** Calls `listener` at each commit; returns how to stop that. */
  onHead(listener: (head: bigint) => void): () => void
  reportDamage(finding: Finding): void
}

/**
 * Runs the thread that `begin` begins, wakes it at each commit, and starts it again, later and later,
 * when it fails: it goes on from its checkpoint. Resolves when its file is open for the first time.
 */
export const superviseProjector = async <Finding>(
  begin: () => Worker,
  log: ProjectorLog<Finding>,
  { onProgress, onSwitched, logger }: ProjectorEvents,
): Promise<Projector> => {
  let worker: Worker | undefined
  let trouble: string | undefined
  /** The file was begun anew, and nothing is in it yet. */
  let isEmpty = false
  let delay = restartAfterMs.first
  let restart: NodeJS.Timeout | undefined
  let closing = false
  /** Of the newest thread that failed. */
  let ended = Promise.resolve()
  const started = Promise.withResolvers<void>()

  /** False: there is no thread at the moment. */
  const tell = (message: ToProjector): boolean => {
    worker?.postMessage(message)
    return worker !== undefined
  }
  const asks = createProjectorAsks(tell)

  const fail = (failed: Worker, reason: string): void => {
    if (failed === worker) asks.ended()
    if (closing || failed !== worker) return
    worker = undefined
    trouble = `the views stand still: ${reason}`
    logger.error({ reason, retryInMs: delay }, 'the projector has failed and will be started again')
    const waitMs = delay
    // The next thread writes the same file.
    ended = end(failed).then(() => {
      if (!closing) restart = setTimeout(run, waitMs)
    })
    delay = Math.min(delay * 2, restartAfterMs.most)
  }

  const progressed = (position: bigint): void => {
    trouble = undefined
    delay = restartAfterMs.first
    onProgress(position)
  }

  const hear = (from: Worker, message: FromProjector<Finding>): void => {
    switch (message.kind) {
      case 'progress':
        return progressed(message.position)
      case 'switched':
        return onSwitched()
      case 'started':
        if (message.replaced !== undefined) logger.warn(lineOf(message.replaced))
        isEmpty = message.replaced !== undefined
        return started.resolve()
      case 'rebuilding':
        return logger.debug({ position: `${message.position}`, target: `${message.target}` }, 'rebuilding views')
      case 'rebuild_failed':
        return logger.error({ reason: message.error }, 'views could not be rebuilt: those of before are served')
      case 'answered':
        return asks.answered(message.id, message.answer)
      case 'ready':
        isEmpty = false
        return logger.debug('all views are live')
      case 'parked':
        return logger.error(
          { stream: message.stream, revision: message.revision, reason: message.error },
          'a stream was parked: its views stand still until `backscroll views retry`; all others go on',
        )
      case 'failed':
        return fail(from, message.error)
      case 'log_damaged':
        return log.reportDamage(message.finding)
    }
  }

  const run = (): void => {
    const thread = begin()
    worker = thread
    thread.on('message', (message: FromProjector<Finding>) => hear(thread, message))
    thread.on('error', (error) => fail(thread, error.message))
    thread.on('exit', () => fail(thread, 'its thread has ended'))
  }

  run()
  let newest = 0n
  let gathering: NodeJS.Timeout | undefined
  const announce = (): void => {
    gathering = undefined
    tell({ kind: 'head', position: newest })
  }
  const stopListening = log.onHead((position) => {
    newest = position
    gathering ??= setTimeout(announce, gatherMs)
  })
  await started.promise

  return {
    trouble: () => trouble ?? (isEmpty ? 'the views are made anew from the event log' : undefined),
    damaged: (error) => {
      if (worker !== undefined) fail(worker, `views.db is damaged: ${error instanceof Error ? error.message : error}`)
    },
    control: asks.control,
    close: async () => {
      closing = true
      clearTimeout(restart)
      clearTimeout(gathering)
      stopListening()
      await (worker === undefined ? ended : end(worker))
    },
  }
}
