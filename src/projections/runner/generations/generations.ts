import type { Collection, DocumentStore } from '../../../ports/document-store.ts'
import type { Projection } from '../../projection.ts'
import {
  droppingPrefix,
  encodeGenerations,
  type Generations,
  type MetaChanges,
  parkedKey,
  readGenerations,
  readParked,
} from '../runner-meta.ts'
import type { GroupMember } from '../view-group.ts'

export const collectionOf = ({ view, collection }: GroupMember): Collection => ({
  name: collection,
  fields: view.fields,
  indexes: view.indexes,
})

/** The physical name of a generation: each has a number, which grows over all versions of its view. */
export const nameCollection = ({ name, version }: Projection, generation: number): string =>
  `${name}.v${version}.${generation}`

export const numberOf = ({ collection }: { readonly collection: string }): number =>
  Number(collection.split('.').at(-1))

/** A name that the live generation does not have. */
export const nextCollection = (view: Projection, live: Generations): string => {
  const last = live.get(view.name)
  return nameCollection(view, last === undefined ? 0 : numberOf(last) + 1)
}

/**
 * Drops generations that were replaced or given up, unless that was after `until` (milliseconds since the Unix
 * epoch). They were marked first, so a crash in between leaves no orphan. Answers whether some are left.
 */
export const dropMarked = async (store: DocumentStore, until: number): Promise<boolean> => {
  let left = false
  for (const [key, markedAt] of await store.listMeta(droppingPrefix)) {
    if (Number(markedAt) > until) left = true
    else {
      await store.drop(key.slice(droppingPrefix.length))
      await store.write([], { [key]: null })
    }
  }
  return left
}

export const markDropping = (generations: Iterable<{ readonly collection: string }>, at = Date.now()): MetaChanges =>
  Object.fromEntries([...generations].map(({ collection }) => [`${droppingPrefix}${collection}`, `${at}`]))

/** Records which generations are being built, before they hold anything: from then on nobody drops them. */
export const claimBuilding = (building: Generations): MetaChanges => {
  const unmarked = [...building.values()].map(({ collection }) => [`${droppingPrefix}${collection}`, null])
  return { ...Object.fromEntries(unmarked), building: encodeGenerations(building) }
}

/** Gives up a rebuild that was begun. */
export const abandonBuilding = async (store: DocumentStore): Promise<void> => {
  const building = await readGenerations(store, 'building')
  const meta: MetaChanges = { ...markDropping(building.values()), building: null }
  for (const stream of (await readParked(store, 'building')).keys()) meta[parkedKey('building', stream)] = null
  await store.write([], meta)
}

/** Views of another log (a restored backup has its own epoch), or ahead of this one, are worthless. */
export const forgetOtherEpoch = async (store: DocumentStore, epoch: string, head: bigint): Promise<void> => {
  const live = await readGenerations(store, 'live')
  const building = await readGenerations(store, 'building')
  const all = [...live.values(), ...building.values()]
  const same = (await store.getMeta('epoch')) === epoch && all.every(({ position }) => position <= head)
  if (same) return
  const meta: MetaChanges = { ...markDropping(all, 0), epoch, live: null, building: null }
  for (const phase of ['live', 'building'] as const) {
    for (const stream of (await readParked(store, phase)).keys()) meta[parkedKey(phase, stream)] = null
  }
  await store.write([], meta)
  // At once, because the next generations have the same names.
  await dropMarked(store, 0)
}
