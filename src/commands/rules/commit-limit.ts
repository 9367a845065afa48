import { LRUCache } from 'lru-cache'

/**
 * How often a conversation's group may change: each commit costs every member's device work and battery. Commits
 * that carry out a removal do not count: they must never wait. People who fill a group one by one must not notice
 * the limit.
 */
export interface CommitLimit {
  /**
   * Takes a token if there is one; otherwise answers in how many milliseconds there will be one. `at` is in
   * milliseconds. `command` names the commit: one that is decided again, after a lost race or a failed append,
   * has taken its token already.
   */
  take(stream: string, command: string, at: number): number | undefined
}

const burst = 30
const refillMs = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
  readonly takenBy: string
}

/** How many conversations are remembered. A forgotten one begins anew. */
const kept = 20_000

const refilled = (before: Bucket, at: number): number =>
  Math.min(burst, before.left + Math.max(0, at - before.at) / refillMs)

export const createCommitLimit = (): CommitLimit => {
  const buckets = new LRUCache<string, Bucket>({ max: kept })
  return {
    take: (stream, command, at) => {
      const before = buckets.get(stream)
      if (before?.takenBy === command) return undefined
      const left = before === undefined ? burst : refilled(before, at)
      if (left < 1) return Math.ceil((1 - left) * refillMs)
      buckets.set(stream, { left: left - 1, at, takenBy: command })
      return undefined
    },
  }
}
