/** What processes said of users, each for a time. The processes that share one hub know the same. */
export interface MemoryLeaseHub {
  /** When the statement of each process about a user ends, by user and process. */
  readonly users: Map<string, Map<string, number>>
  /** When each process counts as dead. */
  readonly living: Map<string, number>
  readonly ttlMs: number
  readonly now: () => number
  /** Forgets everything, like an engine that was restarted. */
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
