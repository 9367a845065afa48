import type { StoreChange, StoreRange, StoreReads } from './client-store.ts'

type Records = Map<string, unknown>

/** `kind/id/`: reads ask for one of these, or for all of a kind. */
const groupOf = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1)

export interface MemoryReads extends StoreReads {
  apply(changes: readonly StoreChange[]): void
}

/** Records of a store that was loaded whole. */
export const createMemoryReads = (records: Iterable<readonly [string, unknown]>): MemoryReads => {
  const groups = new Map<string, Records>()
  const set = (key: string, value: unknown) => {
    const group = groupOf(key)
    const one: Records = groups.get(group) ?? new Map()
    groups.set(group, one)
    one.set(key, value)
  }
  for (const [key, value] of records) set(key, value)

  const inPrefix = (prefix: string): string[] =>
    [...groups.keys()]
      .filter((group) => group.startsWith(prefix) || prefix.startsWith(group))
      .flatMap((group) => [...(groups.get(group)?.keys() ?? [])])
      .filter((key) => key.startsWith(prefix))
  return {
    get: async (key) => groups.get(groupOf(key))?.get(key),
    range: async ({ prefix, after = '', limit }: StoreRange) =>
      inPrefix(prefix)
        .filter((key) => key > after)
        .sort()
        .slice(0, limit)
        .map((key) => [key, groups.get(groupOf(key))?.get(key)] as const),
    apply: (changes) => {
      for (const { key, value } of changes)
        if (value !== undefined) set(key, value)
        else groups.get(groupOf(key))?.delete(key)
    },
  }
}
