import { lowestByLog, type Partitioning, partitionsOf } from '../../event-log/partitioning.ts'
import { at } from '../../event-log/positions.ts'
import type { Position } from '../../ports/event-log.ts'
import { createWatermark } from '../watermark/moving-watermark.ts'
import type { Watermark } from '../watermark/watermark.ts'

export interface PartitionProgress {
  readonly partition: number
  readonly upTo: Position
  readonly collections: Readonly<Record<string, string>>
}

export interface SharedWatermark extends Watermark {
  /** What a projector states about a partition. */
  hear(progress: PartitionProgress): void
  /** The live generation of a view: its physical collection. Reads as empty until all partitions have stated theirs. */
  collectionOf(view: string): string
  /** Partitions that have stated nothing yet. */
  missing(): readonly number[]
}

const nameOf = (collections: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(collections).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * W where other processes run the views: for each log the lowest position that all its partitions have passed. It
 * moves, and generations are switched, only while all partitions name the same generations: in the middle of a
 * switch a query would find some of its streams standing still. It never switches to generations that have not come
 * as far as W, whoever names them: a process that was replaced may speak once more.
 */
export const createSharedWatermark = (partitioning: Partitioning): SharedWatermark => {
  const heard = new Map<number, PartitionProgress & { readonly name: string }>()
  const watermark = createWatermark(partitioning.logs)
  const all = partitionsOf(partitioning)
  let collections: Readonly<Record<string, string>> = {}
  let serving = ''

  const settle = (name: string): void => {
    if (heard.size < all.length) return
    for (const one of heard.values()) if (one.name !== name) return
    const lowest = lowestByLog(partitioning, (partition) => heard.get(partition)?.upTo)
    const w = watermark.current()
    if (serving !== name) {
      if (lowest.some((position, index) => position < at(w, index))) return
      collections = heard.values().next().value?.collections ?? {}
      serving = name
    }
    for (const position of lowest) watermark.advance(position)
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
    missing: () => all.filter((one) => !heard.has(one)),
  }
}
