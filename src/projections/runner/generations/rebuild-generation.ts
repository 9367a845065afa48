import type { DocumentStore } from '../../../ports/document-store.ts'
import type { EventReader, Position } from '../../../ports/event-log.ts'
import type { Turns } from '../../../runtime/serial-queue.ts'
import type { Projection } from '../../projection.ts'
import { type Generations, readGenerations, readParked } from '../runner-meta.ts'
import { createViewGroup, type GroupMember, type ViewGroup, type ViewGroupOptions } from '../view-group.ts'
import { abandonBuilding, claimBuilding, collectionOf } from './generations.ts'

const pageSize = 4_000

const sameViews = (building: Generations, views: readonly Projection[]): boolean =>
  building.size === views.length && views.every(({ name, version }) => building.get(name)?.version === version)

/** Where a killed rebuild of exactly these views stopped. */
const begun = async (store: DocumentStore, views: readonly Projection[]): Promise<Generations | undefined> => {
  const building = await readGenerations(store, 'building')
  if (sameViews(building, views)) return building
  if (building.size > 0) await abandonBuilding(store)
  return undefined
}

const lowest = (generations: Generations): Position =>
  [...generations.values()].reduce((least, { position }) => (position < least ? position : least), 1n << 62n)

export interface BuildingOptions extends ViewGroupOptions {
  /** The physical collection of a generation that is to be built. */
  readonly nameGeneration: (view: Projection, live: Generations) => Promise<string>
}

/** The group that a rebuild of `views` works on: new, or continued where the process was killed. */
export const openBuilding = async (
  options: BuildingOptions,
  views: readonly Projection[],
  live: Generations,
): Promise<ViewGroup> => {
  const { store } = options
  const resumed = await begun(store, views)
  const members: GroupMember[] = []
  for (const view of views) {
    const collection = resumed?.get(view.name)?.collection ?? (await options.nameGeneration(view, live))
    members.push({ view, collection })
  }
  const position = resumed === undefined ? 0n : lowest(resumed)
  const parked = await readParked(store, 'building')
  const group = createViewGroup(options, members, { position, parked, frozen: new Map() })
  await store.write([], claimBuilding(group.states()))
  for (const member of members) await store.open(collectionOf(member), { deferIndexes: true })
  return group
}

export interface CatchUp {
  readonly reader: EventReader
  readonly group: ViewGroup
  readonly turn: Turns
  /** How far the group may go now: to the position of the live views, or to the head if there are none. */
  readonly target: () => Promise<Position>
  readonly closed: () => boolean
  readonly onProgress: (position: Position, target: Position) => void
}

/** Folds one page; answers whether the group has reached the live views. */
export const foldPage = async ({ reader, group, target, onProgress }: CatchUp): Promise<boolean> => {
  const end = await target()
  if (group.position() >= end) return true
  const page = await reader.readAll(group.position(), pageSize)
  const until = page.findIndex(({ position }) => position > end)
  await group.apply(until < 0 ? page : page.slice(0, until))
  onProgress(group.position(), end)
  // A page that ends above the target, or an empty one, leaves only gaps up to it.
  return until >= 0 || page.length === 0
}

/**
 * Follows the log until it has caught up, one page a turn, so that live events come in between. False when the
 * runner was closed.
 */
export const catchUp = async (work: CatchUp): Promise<boolean> => {
  while (!work.closed()) {
    if (await work.turn(() => foldPage(work))) return true
  }
  return false
}
