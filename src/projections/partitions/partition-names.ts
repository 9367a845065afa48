import type { DocumentReader } from '../../ports/document-store.ts'
import type { Projection } from '../projection.ts'
import { nameCollection, numberOf } from '../runner/generations.ts'
import { decodeGenerations, type GenerationState } from '../runner/runner-meta.ts'
import { listGenerations } from './partition-store.ts'

const highest = (generations: readonly GenerationState[]): number => Math.max(-1, ...generations.map(numberOf))

/**
 * The collection that a view of one partition is built into: the one that another partition has for this version of it, so that all come to name the
 * same, whichever was rebuilt more often; a new one where there is none. What the partition left there earlier it folds again, to no effect.
 */
export const createPartitionNames =
  (store: Pick<DocumentReader, 'listMeta'>) =>
  async (view: Projection): Promise<string> => {
    const stored = await listGenerations(store)
    const known = stored.flatMap(([, value]) => decodeGenerations(value).get(view.name) ?? [])
    const same = known.filter(({ version }) => version === view.version)
    return nameCollection(view, same.length > 0 ? highest(same) : highest(known) + 1)
  }
