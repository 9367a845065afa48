import type { Collection, DocumentStore } from '../../ports/document-store.ts'
import type { Projection } from '../projection.ts'
import {
  droppingPrefix,
  type Generations,
  type MetaChanges,
  parkedKey,
  readGenerations,
  readParked,
} from './runner-meta.ts'
import type { GroupMember } from './view-group.ts'

export const collectionOf = ({ view, collection }: GroupMember): Collection => ({
  name: collection,
  fields: view.fields,
  indexes: view.indexes,
})

/** A name that the live generation does not have. */
export const nextCollection = ({ name, version }: Projection, live: Generations): string => {
  const last = live.get(name)?.collection.split('.').at(-1)
  return `${name}.v${version}.${last === undefined ? 0 : Number(last) + 1}`
}

/** Generations that were replaced or given up: marked first, so that a crash in between leaves no orphan. */
export const dropMarked = async (store: DocumentStore): Promise<void> => {
  for (const [key] of await store.listMeta(droppingPrefix)) {
    await store.drop(key.slice(droppingPrefix.length))
    await store.write([], { [key]: null })
  }
}

export const markDropping = (generations: Iterable<{ readonly collection: string }>): MetaChanges =>
  Object.fromEntries([...generations].map(({ collection }) => [`${droppingPrefix}${collection}`, '']))

/** Gives up a rebuild that was begun. */
export const abandonBuilding = async (store: DocumentStore): Promise<void> => {
  const building = await readGenerations(store, 'building')
  const meta: MetaChanges = { ...markDropping(building.values()), building: null }
  for (const stream of (await readParked(store, 'building')).keys()) meta[parkedKey('building', stream)] = null
  await store.write([], meta)
  await dropMarked(store)
}

/** Views of another log (a restored backup has an epoch of its own), or ahead of this one, are worth nothing. */
export const forgetOtherEpoch = async (store: DocumentStore, epoch: string, head: bigint): Promise<void> => {
  const live = await readGenerations(store, 'live')
  const building = await readGenerations(store, 'building')
  const all = [...live.values(), ...building.values()]
  const same = (await store.getMeta('epoch')) === epoch && all.every(({ position }) => position <= head)
  if (same) return
  const meta: MetaChanges = { ...markDropping(all), epoch, live: null, building: null }
  for (const phase of ['live', 'building'] as const) {
    for (const stream of (await readParked(store, phase)).keys()) meta[parkedKey(phase, stream)] = null
  }
  await store.write([], meta)
  await dropMarked(store)
}
