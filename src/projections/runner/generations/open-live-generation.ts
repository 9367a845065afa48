import type { Position } from '../../../ports/event-log.ts'
import type { Projection } from '../../projection.ts'
import { encodeGenerations, type Generations, readGenerations, readParked } from '../runner-meta.ts'
import { createViewGroup, type GroupMember, type ViewGroup, type ViewGroupOptions } from '../view-group.ts'
import { collectionOf, markDropping } from './generations.ts'

const furthest = (members: readonly GroupMember[], live: Generations): Position =>
  members.reduce((most, { view }) => {
    const at = live.get(view.name)?.position ?? 0n
    return at > most ? at : most
  }, 0n)

/** Views that this code no longer has. */
const removeUnknown = async ({ store }: ViewGroupOptions, views: readonly Projection[]): Promise<Generations> => {
  const live = await readGenerations(store, 'live')
  const known = new Map([...live].filter(([name]) => views.some((view) => view.name === name)))
  if (known.size === live.size) return live
  const removed = [...live].flatMap(([name, state]) => (known.has(name) ? [] : [state]))
  await store.write([], { live: encodeGenerations(known), ...markDropping(removed) })
  return known
}

/**
 * The live views as the last run left them. Generations of another version of their view, and those left behind,
 * stand still: they can be read until a rebuild replaces them.
 */
export const openLive = async (options: ViewGroupOptions, views: readonly Projection[]): Promise<ViewGroup> => {
  const live = await removeUnknown(options, views)
  const current: readonly GroupMember[] = views.flatMap((view) => {
    const state = live.get(view.name)
    return state?.version === view.version ? [{ view, collection: state.collection }] : []
  })
  const position = furthest(current, live)
  const members = current.filter(({ view }) => live.get(view.name)?.position === position)
  for (const member of members) await options.store.open(collectionOf(member))
  const frozen = new Map([...live].filter(([name]) => !members.some(({ view }) => view.name === name)))
  return createViewGroup(options, members, { position, parked: await readParked(options.store, 'live'), frozen })
}
