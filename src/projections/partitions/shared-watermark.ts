import type { Position } from '../../ports/event-log.ts'
import type { Watermark } from '../../ports/watermark.ts'
import { createWatermark } from '../reached-watermark.ts'

export interface PartitionProgress {
  readonly partition: number
  readonly upTo: Position
  readonly collections: Readonly<Record<string, string>>
}

export interface SharedWatermark extends Watermark {
  /** What a projector says of a partition. */
  hear(progress: PartitionProgress): void
  /** The live generation of a view: its physical collection; a name that reads as empty until all partitions have told theirs. */
  collectionOf(view: string): string
  /** Partitions that nothing was heard of yet. */
  missing(): readonly number[]
}

const nameOf = (collections: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(collections).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * W where the views are kept by other processes: the lowest position that all partitions have passed. It moves, and generations are switched, only
 * while all partitions name the same generations: in the middle of a switch a query would find some of its streams standing still. Generations that have
 * not come as far as W are never switched to, whoever names them: a process that was replaced may speak once more.
 */
export const createSharedWatermark = (partitions: number): SharedWatermark => {
  const heard = new Map<number, PartitionProgress & { readonly name: string }>()
  const watermark = createWatermark(0n)
  let collections: Readonly<Record<string, string>> = {}
  let serving = ''

  const settle = (name: string): void => {
    if (heard.size < partitions) return
    let lowest: Position | undefined
    for (const one of heard.values()) {
      if (one.name !== name) return
      if (lowest === undefined || one.upTo < lowest) lowest = one.upTo
    }
    if (lowest === undefined || (serving !== name && lowest < watermark.current())) return
    if (serving !== name) collections = heard.values().next().value?.collections ?? {}
    serving = name
    watermark.advance(lowest)
  }

  return {
    current: watermark.current,
    reached: watermark.reached,
    hear: (progress) => {
      const name = nameOf(progress.collections)
      const before = heard.get(progress.partition)
      // A successor begins at what was last stored: what its predecessor reached stays true.
      const upTo = before?.name === name && before.upTo > progress.upTo ? before.upTo : progress.upTo
      heard.set(progress.partition, { ...progress, upTo, name })
      settle(name)
    },
    collectionOf: (view) => collections[view] ?? `${view}.none`,
    missing: () => Array.from({ length: partitions }, (_, partition) => partition).filter((one) => !heard.has(one)),
  }
}
