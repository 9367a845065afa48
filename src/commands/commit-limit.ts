import { LRUCache } from 'lru-cache'

/**
 * How often a conversation's group may change: each commit costs every member's device work and battery. Commits that
 * carry out a removal are not counted: they must never wait. People who fill a group one by one must not notice it.
 */
export interface CommitLimit {
  /** Takes one if there is one; otherwise answers in how many milliseconds there will be. `at` in milliseconds. */
  take(stream: string, at: number): number | undefined
}

const burst = 30
const refillMs = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
}

/** Conversations that are kept in mind; one that was forgotten may begin anew. */
const kept = 20_000

export const createCommitLimit = (): CommitLimit => {
  const buckets = new LRUCache<string, Bucket>({ max: kept })
  return {
    take: (stream, at) => {
      const before = buckets.get(stream) ?? { left: burst, at }
      const left = Math.min(burst, before.left + Math.max(0, at - before.at) / refillMs)
      if (left < 1) return Math.ceil((1 - left) * refillMs)
      buckets.set(stream, { left: left - 1, at })
      return undefined
    },
  }
}
