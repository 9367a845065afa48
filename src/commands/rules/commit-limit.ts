import { LRUCache } from 'lru-cache'

/**
 * How often a conversation's group may change: each commit costs every member's device work and battery. Commits that
 * carry out a removal are not counted: they must never wait. People who fill a group one by one must not notice it.
 */
export interface CommitLimit {
  /**
   * Takes one if there is one; otherwise answers in how many milliseconds there will be. `at` in milliseconds. `command`
   * names it: what is decided again, since others came first or the log did not answer, has taken its own.
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

/** Conversations that are kept in mind; one that was forgotten may begin anew. */
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
