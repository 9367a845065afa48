import type { DocumentStore } from '../ports/document-store.ts'
import type { EventReader, Position } from '../ports/event-log.ts'
import type { Projection } from '../projections/projection.ts'
import { type Lag, type Runner, startRunner } from '../projections/runner/runner.ts'
import type { ParkedStream } from '../projections/runner/runner-meta.ts'

export type ProjectorAlarm =
  | { readonly kind: 'stream_parked'; readonly parked: ParkedStream }
  /** The store or the log failed; the projector goes on from its checkpoint after `retryInMs`. */
  | { readonly kind: 'stopped'; readonly error: unknown; readonly retryInMs: number }

export interface ProjectorOptions {
  readonly reader: EventReader
  /** Closed by its owner, after the projector. */
  readonly store: DocumentStore
  readonly views: readonly Projection[]
  /** W rose: every view has folded everything at or below `position`. */
  readonly onProgress: (position: Position) => void
  readonly onAlarm: (alarm: ProjectorAlarm) => void
  /** Other generations are live: every `ViewCatalog` must be refreshed. */
  readonly onSwitched: () => void
  readonly onRebuildProgress?: (position: Position, target: Position) => void
}

export interface Projector {
  /** Resolves once every view is live at its present version for the first time. */
  readonly ready: Promise<void>
  lag(): Promise<Lag>
  parked(): readonly ParkedStream[]
  retryParked(stream: string): Promise<boolean>
  rebuild(names?: readonly string[]): Promise<void>
  close(): Promise<void>
}

const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * What a projector process or thread runs: tails the log into the views until it is closed, and starts again from the checkpoint,
 * with growing pauses, when the store or the log fails.
 */
export const runProjector = (options: ProjectorOptions): Projector => {
  const ready = Promise.withResolvers<void>()
  const stop = Promise.withResolvers<void>()
  let runner: Runner | undefined
  let closed = false

  const running = (): Runner => {
    if (runner === undefined) throw new Error('the projector is not running')
    return runner
  }
  const run = async (): Promise<void> => {
    const onParked = (parked: ParkedStream): void => options.onAlarm({ kind: 'stream_parked', parked })
    const started = await startRunner({ ...options, onParked })
    runner = started
    started.ready.then(ready.resolve, () => {})
    try {
      await Promise.race([started.failed, stop.promise])
    } finally {
      runner = undefined
      await started.close()
    }
  }
  const pause = async (ms: number): Promise<void> => {
    const woken = Promise.withResolvers<void>()
    const timer = setTimeout(woken.resolve, ms)
    await Promise.race([woken.promise, stop.promise])
    clearTimeout(timer)
  }
  const loop = async (): Promise<void> => {
    for (let ms = firstPauseMs; !closed; ms = Math.min(ms * 2, longestPauseMs)) {
      try {
        await run()
      } catch (error) {
        options.onAlarm({ kind: 'stopped', error, retryInMs: ms })
        await pause(ms)
      }
    }
  }
  const finished = loop()

  return {
    ready: ready.promise,
    lag: async () => running().lag(),
    parked: () => runner?.parked() ?? [],
    retryParked: async (stream) => running().retryParked(stream),
    rebuild: async (names) => running().rebuild(names),
    close: async () => {
      closed = true
      stop.resolve()
      await finished
    },
  }
}
