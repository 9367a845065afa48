import { LRUCache } from 'lru-cache'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { Projection } from '../projection.ts'
import { createEventFilter } from './event-filter.ts'
import { foldBatch } from './fold-batch.ts'
import type { Generation } from './generations/generation-batch.ts'
import {
  encodeGenerations,
  encodeParked,
  type GenerationState,
  type Generations,
  type MetaChanges,
  type ParkedStream,
  type Phase,
  parkedKey,
} from './runner-meta.ts'

/** How many hot documents are cached for each generation. */
const documentsKept = 10_000

export interface ViewGroupOptions {
  readonly phase: Phase
  readonly reader: Pick<EventReader, 'readStream'>
  readonly store: DocumentStore
  readonly onParked: (parked: ParkedStream) => void
}

export interface GroupMember {
  readonly view: Projection
  readonly collection: string
}

/** Generations that move through the log together, at one position, with one write a batch. */
export interface GroupStart {
  readonly position: Position
  readonly parked: ReadonlyMap<string, ParkedStream>
  /**
   * Generations that stand still (their view has changed). They stay in the same meta value until they are
   * replaced.
   */
  readonly frozen: Generations
}

/** Generations that move through the log together, at one position, with one write a batch. */
export const createViewGroup = (
  { phase, reader, store, onParked }: ViewGroupOptions,
  members: readonly GroupMember[],
  start: GroupStart,
) => {
  const generations: Generation[] = members.map(({ view, collection }) => ({
    view,
    collection,
    cache: new LRUCache({ max: documentsKept }),
  }))
  const filter = createEventFilter(reader)
  const parked = new Map(start.parked)
  let position = start.position

  const states = (at: Position): Generations => {
    const all = new Map<string, GenerationState>(start.frozen)
    for (const { view, collection } of generations)
      all.set(view.name, { collection, version: view.version, position: at })
    return all
  }
  const forget = (): void => {
    filter.forget()
    for (const { cache } of generations) cache.clear()
  }
  const park = (all: readonly ParkedStream[]): void => {
    for (const each of all) {
      parked.set(each.stream, each)
      onParked(each)
    }
  }

  /** One write: documents, parked streams and checkpoint together. */
  const step = async (
    events: readonly RecordedEvent[],
    at: Position,
    isParked: (stream: string) => boolean,
    also: MetaChanges,
  ) => {
    const folded = await foldBatch(events, generations, store, isParked)
    const meta: MetaChanges = { ...also, [phase]: encodeGenerations(states(at)) }
    for (const each of folded.parked) meta[parkedKey(phase, each.stream)] = encodeParked(each)
    await store.write(folded.writes, meta)
    folded.remember()
    position = at
    return folded.parked
  }
  /** After a failure nothing is remembered, so that the same events can be given again. */
  const forgetting = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      forget()
      throw error
    }
  }

  return {
    members: (): readonly GroupMember[] => generations,
    states: (): Generations => states(position),
    position: (): Position => position,
    parked: (): ReadonlyMap<string, ParkedStream> => parked,
    /** Folds the next events of the log; passes over those at or below the group's position. */
    apply: (events: readonly RecordedEvent[]): Promise<void> =>
      forgetting(async () => {
        const last = events.at(-1)
        if (last === undefined || last.position <= position) return
        const admitted = await filter.admit(events.filter((event) => event.position > position))
        park(await step(admitted, last.position, (stream) => parked.has(stream), {}))
        filter.passed()
      }),
    /**
     * Folds events of a parked stream, from the one where it was parked; `rest` is where it is parked
     * afterwards, if anywhere.
     */
    resume: (stream: string, events: readonly RecordedEvent[], rest: ParkedStream | undefined): Promise<void> =>
      forgetting(async () => {
        const also = { [parkedKey(phase, stream)]: rest === undefined ? null : encodeParked(rest) }
        const again = await step(events, position, () => false, also)
        if (rest === undefined) parked.delete(stream)
        else parked.set(stream, rest)
        park(again)
      }),
  }
}

export type ViewGroup = ReturnType<typeof createViewGroup>
