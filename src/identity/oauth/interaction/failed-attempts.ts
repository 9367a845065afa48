import { LRUCache } from 'lru-cache'

export interface AttemptsOptions {
  /** Attempts in one window. */
  readonly max: number
  readonly windowMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now?: (() => number) | undefined
}

export interface Attempts {
  /** Counts an attempt: 0 when it may go on, otherwise the milliseconds to wait. */
  take(key: string): number
}

interface Window {
  count: number
  readonly endsAt: number
}

/** Beyond this many keys the least recently used are forgotten: memory stays limited. */
const maxKeys = 50_000

/** Counts attempts before they are made, so that many at the same time do not slip through. */
export const createAttempts = ({ max, windowMs, now = () => performance.now() }: AttemptsOptions): Attempts => {
  const windows = new LRUCache<string, Window>({ max: maxKeys })
  const windowOf = (key: string): Window => {
    const open = windows.get(key)
    if (open !== undefined && open.endsAt > now()) return open
    const fresh = { count: 0, endsAt: now() + windowMs }
    windows.set(key, fresh)
    return fresh
  }
  return {
    take: (key) => {
      const window = windowOf(key)
      if (window.count >= max) return Math.max(1, window.endsAt - now())
      window.count += 1
      return 0
    },
  }
}
