import { kindOfStream, type StreamKind } from '../../domain/stream-names.ts'
import type { DocumentStore, DocumentWrite } from '../../ports/document-store.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Change } from '../projection.ts'
import { decode } from './decode-event.ts'
import {
  createGenerationBatch,
  type Generation,
  type GenerationBatch,
  type Undo,
} from './generations/generation-batch.ts'
import type { ParkedStream } from './runner-meta.ts'

interface Step {
  readonly event: RecordedEvent
  /** What it changes, whatever the state of its stream. */
  readonly always: Step['changes']
  /** Its stream stood still already. */
  readonly isBehind: boolean
  /** For each generation batch, what the event changes there. */
  readonly changes: readonly { readonly batch: GenerationBatch; readonly change: Change }[]
  readonly failure: unknown
}

export interface FoldedBatch {
  readonly writes: readonly DocumentWrite[]
  /** Streams that this batch had to park. */
  readonly parked: readonly ParkedStream[]
  /** Must be called once the writes are stored. */
  readonly remember: () => void
}

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

const asParked = ({ stream, revision, position }: RecordedEvent, error: unknown): ParkedStream => ({
  stream,
  revision,
  position,
  error: textOf(error),
})

interface Target {
  readonly generation: Generation
  readonly batch: GenerationBatch
}

/** The generations that fold a stream, by its kind. */
type Targets = ReadonlyMap<StreamKind, readonly Target[]>

const noChanges: Step['changes'] = []

const changesOf = (event: RecordedEvent, kind: StreamKind, targets: readonly Target[]): Step['changes'] => {
  const decoded = decode(event, kind)
  const changes: { batch: GenerationBatch; change: Change }[] = []
  for (const { generation, batch } of targets) {
    for (const change of generation.view.project(decoded)) changes.push({ batch, change })
  }
  return changes
}

const alwaysOf = (event: RecordedEvent, targets: readonly Target[]): Step['changes'] =>
  targets.flatMap(({ generation, batch }) => {
    const changes = generation.view.projectAlways?.(event) ?? []
    for (const change of changes) batch.want(change)
    return changes.map((change) => ({ batch, change }))
  })

const plan = (event: RecordedEvent, targets: Targets, steady: Targets, isBehind: boolean): Step => {
  const kind = kindOfStream(event.stream)
  const folding = kind && targets.get(kind)
  if (kind === undefined || folding === undefined)
    return { event, always: noChanges, isBehind, changes: noChanges, failure: undefined }
  const unstoppable = steady.get(kind)
  const always = unstoppable === undefined ? noChanges : alwaysOf(event, unstoppable)
  try {
    const changes = isBehind ? noChanges : changesOf(event, kind, folding)
    for (const { batch, change } of changes) batch.want(change)
    return { event, always, isBehind, changes, failure: undefined }
  } catch (failure) {
    return { event, always, isBehind, changes: noChanges, failure }
  }
}

const rollBack = (undo: Undo[]): void => {
  for (const { entries, key, before } of undo.reverse()) {
    if (before === undefined) entries.delete(key)
    else entries.set(key, before)
  }
}

/** Into all views or, when one of them throws, into none. */
const foldStep = ({ event, changes, failure }: Step, undo: Undo[]): void => {
  if (failure !== undefined) throw failure
  try {
    for (const { batch, change } of changes) batch.fold(change, event.revision, undo)
  } catch (error) {
    rollBack(undo)
    throw error
  }
}

/**
 * Folds a batch into the generations: every event is decoded once, every document is loaded at most once and
 * written at most once. An event that cannot be folded parks its stream: later events of that stream are passed
 * over, except for what changes always; other streams go on.
 */
export const foldBatch = async (
  events: readonly RecordedEvent[],
  generations: readonly Generation[],
  store: DocumentStore,
  isParked: (stream: string) => boolean,
): Promise<FoldedBatch> => {
  const all = generations.map((generation) => ({ generation, batch: createGenerationBatch(generation, store) }))
  const targets = Map.groupBy(all, ({ generation }) => generation.view.streams)
  const unstoppable = all.filter(({ generation }) => generation.view.projectAlways !== undefined)
  const steady = Map.groupBy(unstoppable, ({ generation }) => generation.view.streams)
  const steps = events.map((event) => plan(event, targets, steady, isParked(event.stream)))
  for (const { batch } of all) await batch.load()

  const parked = new Map<string, ParkedStream>()
  for (const step of steps) {
    const { stream, revision } = step.event
    for (const { batch, change } of step.always) batch.fold(change, revision, [])
    if (step.isBehind || parked.has(stream)) continue
    try {
      foldStep(step, [])
    } catch (error) {
      parked.set(stream, asParked(step.event, error))
    }
  }

  const writes: DocumentWrite[] = []
  for (const { batch } of all) batch.collect(writes)
  const remember = (): void => {
    for (const { batch } of all) batch.remember()
  }
  return { writes, parked: [...parked.values()], remember }
}
