import type { DocumentStore } from '../../../ports/document-store.ts'
import { encodeGenerations, encodeParked, type MetaChanges, type ParkedStream, parkedKey } from '../runner-meta.ts'
import { createViewGroup, type GroupMember, type ViewGroup, type ViewGroupOptions } from '../view-group.ts'
import { markDropping } from './generations.ts'

const namesOf = (members: readonly GroupMember[]): ReadonlySet<string> => new Set(members.map(({ view }) => view.name))

/**
 * A stream stands at the earliest revision that one of the views lacks; the others are guarded against the
 * repetition.
 */
const mergeParked = (kept: ViewGroup | undefined, built: ViewGroup): ReadonlyMap<string, ParkedStream> => {
  const merged = new Map(built.parked())
  for (const [stream, parked] of kept?.parked() ?? []) {
    const other = merged.get(stream)
    if (other === undefined || parked.revision < other.revision) merged.set(stream, parked)
  }
  return merged
}

const parkedChanges = (live: ViewGroup, built: ViewGroup, merged: ReadonlyMap<string, ParkedStream>): MetaChanges => {
  const meta: MetaChanges = {}
  for (const stream of live.parked().keys()) meta[parkedKey('live', stream)] = null
  for (const stream of built.parked().keys()) meta[parkedKey('building', stream)] = null
  for (const [stream, parked] of merged) meta[parkedKey('live', stream)] = encodeParked(parked)
  return meta
}

/**
 * Serves the built generations from now on, by one meta write. Both groups stand at the same position, or nothing
 * was live. What they replace is marked for dropping.
 */
export const switchIn = async (
  store: DocumentStore,
  options: ViewGroupOptions,
  live: ViewGroup,
  built: ViewGroup,
): Promise<ViewGroup> => {
  const names = namesOf(built.members())
  const kept = live.members().filter(({ view }) => !names.has(view.name))
  const frozen = new Map([...live.states()].filter(([name]) => !names.has(name) && !namesOf(kept).has(name)))
  const parked = mergeParked(kept.length === 0 ? undefined : live, built)
  const next = createViewGroup(options, [...kept, ...built.members()], { position: built.position(), parked, frozen })
  const replaced = [...live.states()].flatMap(([name, state]) => (names.has(name) ? [state] : []))
  await store.write([], {
    live: encodeGenerations(next.states()),
    building: null,
    ...parkedChanges(live, built, parked),
    ...markDropping(replaced),
  })
  return next
}
