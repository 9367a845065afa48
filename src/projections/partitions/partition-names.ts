import type { DocumentReader } from '../../ports/document-store.ts'
import type { Projection } from '../projection.ts'
import { nameCollection, numberOf } from '../runner/generations/generations.ts'
import { decodeGenerations, type GenerationState, type Generations } from '../runner/runner-meta.ts'
import { listGenerations } from './partition-store.ts'

const highest = (generations: readonly GenerationState[]): number => Math.max(-1, ...generations.map(numberOf))

/** Every generation that a partition serves or builds, by view. */
const allGenerations = async (store: Pick<DocumentReader, 'listMeta'>) => {
  const stored = (await listGenerations(store)).map(([, value]) => decodeGenerations(value))
  return ({ name }: Projection): readonly GenerationState[] => stored.flatMap((one) => one.get(name) ?? [])
}

const ofVersion = ({ version }: Projection, all: readonly GenerationState[]) =>
  all.filter((one) => one.version === version)

/**
 * The collection that a view of one partition is built into: that of another partition for this version, if it is
 * newer than the one that this partition serves, so that all partitions come to name the same one; otherwise a new
 * one. Folding again what the partition left there earlier has no effect.
 */
export const createPartitionNames =
  (store: Pick<DocumentReader, 'listMeta'>) =>
  async (view: Projection, live: Generations): Promise<string> => {
    const known = (await allGenerations(store))(view)
    const newest = highest(ofVersion(view, known))
    const served = highest(
      ofVersion(
        view,
        [...live].flatMap(([name, state]) => (name === view.name ? [state] : [])),
      ),
    )
    return nameCollection(view, newest > served ? newest : highest(known) + 1)
  }

/**
 * Views of which another partition serves or builds a newer generation of the same version: an operator has had
 * them rebuilt.
 */
export const overtaken = async (
  store: Pick<DocumentReader, 'listMeta'>,
  views: readonly Projection[],
  live: Generations,
): Promise<readonly string[]> => {
  const of = await allGenerations(store)
  return views.flatMap((view) => {
    const state = live.get(view.name)
    const isBehind = state?.version === view.version && highest(ofVersion(view, of(view))) > numberOf(state)
    return isBehind ? [view.name] : []
  })
}
