import { setTimeout as pause } from 'node:timers/promises'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { EventReader, Position, RecordedEvent, Subscription } from '../../ports/event-log.ts'
import { createTurns } from '../../runtime/serial-queue.ts'
import type { Projection } from '../projection.ts'
import { collectionOf, dropMarked, forgetOtherEpoch, nextCollection } from './generations/generations.ts'
import { openLive } from './generations/open-live-generation.ts'
import {
  type BuildingOptions,
  type CatchUp,
  catchUp,
  foldPage,
  openBuilding,
} from './generations/rebuild-generation.ts'
import { switchIn } from './generations/switch-generation.ts'
import { retryStream } from './retry-parked-stream.ts'
import type { Generations, ParkedStream } from './runner-meta.ts'
import type { ViewGroup, ViewGroupOptions } from './view-group.ts'

export interface RunnerOptions {
  readonly reader: EventReader
  /** Its owner closes it, after the runner. */
  readonly store: DocumentStore
  readonly views: readonly Projection[]
  /** W: every view has folded everything at or below it. Called whenever it rises, and once at the start. */
  readonly onProgress?: (position: Position) => void
  /** A stream was parked, by the live views or in a rebuild. */
  readonly onParked?: (parked: ParkedStream) => void
  /** Other generations are live now: catalogs must be refreshed. */
  readonly onSwitched?: () => void
  readonly onRebuildProgress?: (position: Position, target: Position) => void
  /** How long replaced generations stay readable at least; 10 s if absent. */
  readonly dropDelayMs?: number
  /** The physical collection of a generation that is to be built; if absent, the runner numbers its own. */
  readonly nameGeneration?: BuildingOptions['nameGeneration']
  /** Events in a batch; 1,000 if absent. */
  readonly batchSize?: number
  /**
   * Least time from one batch to the next; 20 ms if absent. A single event is folded at once; under load fewer,
   * larger batches touch each page of the store once instead of again and again.
   */
  readonly paceMs?: number
}

export interface Runner {
  /** Resolves once every view is live at its present version; rejects when the runner fails or is closed before. */
  readonly ready: Promise<void>
  /** Rejects when the store or the log failed. The runner is dead then, and a new one continues from the checkpoint. */
  readonly failed: Promise<never>
  position(): Position
  /** The generation of each view that is served. */
  generations(): Generations
  parked(): readonly ParkedStream[]
  /** Folds the stream again from where it was parked; false if it had to be parked again. */
  retryParked(stream: string): Promise<boolean>
  /**
   * Rebuilds views (all if none is named) beside the live ones and switches. Resolves after the switch; rejects
   * when closed before, and the next runner continues.
   */
  rebuild(names?: readonly string[]): Promise<void>
  close(): Promise<void>
}

const wasClosed = () => new Error('the runner was closed before the views were built')

/** Keeps the views up to date with the log. There is one runner for each store. */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const { reader, store, views, onProgress, onParked = () => {}, onSwitched = () => {} } = options
  const { batchSize = 1_000, paceMs = 20, dropDelayMs = 10_000 } = options
  const { nameGeneration = async (view, from) => nextCollection(view, from) } = options
  const turn = createTurns()
  const oneRebuild = createTurns()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  const groupOptions = (phase: ViewGroupOptions['phase']): ViewGroupOptions => ({ phase, reader, store, onParked })

  await forgetOtherEpoch(store, reader.epoch, await reader.head())
  let live: ViewGroup = await openLive(groupOptions('live'), views)
  let subscription: Subscription | undefined
  let dropTimer: NodeJS.Timeout | undefined
  let closed = false
  let reported = -1n

  const position = (): Position => {
    const states = live.states()
    return views.reduce((least, { name }) => {
      const at = states.get(name)?.position ?? 0n
      return at < least ? at : least
    }, live.position())
  }
  const report = (): void => {
    const at = position()
    if (at <= reported) return
    reported = at
    onProgress?.(at)
  }
  const follow = async (events: readonly RecordedEvent[]): Promise<void> => {
    const started = performance.now()
    await turn(async () => {
      await live.apply(events)
      report()
    })
    const rest = paceMs - (performance.now() - started)
    if (rest > 0 && events.length < batchSize && !closed) await pause(rest)
  }
  const subscribe = (): void => {
    subscription = reader.subscribe(live.position(), follow, { batchSize })
    subscription.done.catch(failure.reject)
  }
  const dropOld = async (): Promise<void> => {
    if (await turn(() => dropMarked(store, Date.now() - dropDelayMs))) dropLater()
  }
  const dropLater = (): void => {
    clearTimeout(dropTimer)
    if (!closed) dropTimer = setTimeout(() => dropOld().catch(failure.reject), dropDelayMs)
  }

  const build = async (chosen: readonly Projection[]): Promise<void> => {
    if (chosen.length === 0) return
    if (closed) throw wasClosed()
    const building = { ...groupOptions('building'), nameGeneration }
    const group = await turn(() => openBuilding(building, chosen, live.states()))
    const target = async (): Promise<Position> => (subscription === undefined ? await reader.head() : live.position())
    const progress = options.onRebuildProgress ?? (() => {})
    const work: CatchUp = { reader, group, turn, target, closed: () => closed, onProgress: progress }
    if (!(await catchUp(work))) throw wasClosed()
    for (const member of group.members()) await turn(() => store.index(collectionOf(member).name))
    await turn(async () => {
      while (!(await foldPage(work))) if (closed) throw wasClosed()
      live = await switchIn(store, groupOptions('live'), live, group)
    })
    if (subscription === undefined && !closed) subscribe()
    dropLater()
    onSwitched()
    report()
  }
  const rebuild = (chosen: readonly Projection[]): Promise<void> => oneRebuild(() => build(chosen))

  await dropOld()
  const current = new Set(live.members().map(({ view }) => view.name))
  if (current.size > 0) subscribe()
  report()
  const ready = rebuild(views.filter(({ name }) => !current.has(name)))
  ready.catch((error) => (closed ? undefined : failure.reject(error)))

  return {
    ready,
    failed: failure.promise,
    position,
    generations: () => live.states(),
    parked: () => [...live.parked().values()],
    retryParked: (stream) => turn(() => retryStream(reader, live, stream)),
    rebuild: (names) => rebuild(names === undefined ? views : views.filter(({ name }) => names.includes(name))),
    close: async () => {
      closed = true
      clearTimeout(dropTimer)
      await subscription?.close()
      await oneRebuild(async () => {}).catch(() => {})
      await turn(async () => {})
    },
  }
}
