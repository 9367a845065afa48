import { createHash } from 'node:crypto'
import { nonceLifetimeMs } from './proof-nonces.ts'

export interface SeenProofs {
  /** True the first time. */
  take(key: string, id: string): boolean
}

/** For one generation. Beyond that the oldest are forgotten early, so that memory stays limited. */
const most = 200_000

/**
 * The ids of the proofs that this process has accepted, for at least as long as one is valid: two generations, each
 * that long.
 */
export const createSeenProofs = (now: () => number, limit = most): SeenProofs => {
  let [newer, older] = [new Set<string>(), new Set<string>()]
  let turnAt = now() + nonceLifetimeMs
  const turn = () => {
    older = newer
    newer = new Set()
    turnAt = now() + nonceLifetimeMs
  }
  return {
    take: (key, id) => {
      if (now() >= turnAt || newer.size >= limit) turn()
      const seen = createHash('sha256').update(`${key}\0${id}`).digest('base64url').slice(0, 22)
      if (newer.has(seen) || older.has(seen)) return false
      newer.add(seen)
      return true
    },
  }
}
