/**
 * Statements of processes about users, each for a limited time. All processes that share a hub see the same
 * statements.
 */
export interface MemoryLeaseHub {
  /** When each process's statement about a user ends, by user and process. */
  readonly users: Map<string, Map<string, number>>
  /** When each process counts as dead. */
  readonly living: Map<string, number>
  readonly ttlMs: number
  readonly now: () => number
  /** Forgets everything, as an engine does that restarts without its data. */
  lose(): void
}

/** Times are milliseconds of a monotonic clock. */
export const createMemoryLeaseHub = (ttlMs = 15_000, now = () => performance.now()): MemoryLeaseHub => {
  const users = new Map<string, Map<string, number>>()
  const living = new Map<string, number>()
  const lose = (): void => {
    users.clear()
    living.clear()
  }
  return { users, living, ttlMs, now, lose }
}
