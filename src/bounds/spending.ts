import { LRUCache } from 'lru-cache'
import { ProtocolError } from '../protocol/errors.ts'

export interface SpendingOptions {
  /** Bytes that one user may have stored in an hour. */
  readonly bytesPerHour: number
  /** Whether space is short. */
  readonly isShort: () => boolean
  readonly now: () => number
}

/** What users have this process store. A user who stores too much is `rate_limited`; while space is short, `storage_full` for who has stored much lately. */
export interface Spending {
  /** Throws before anything is stored. */
  take(userId: string, bytes: number): void
}

interface Account {
  /** Bytes of the last hour, as a leaky bucket has them. */
  readonly spent: number
  readonly at: number
}

const hourMs = 3_600_000
/** While space is short, this much an hour is left to everybody: people go on writing, nobody fills what is left. */
const shortBytes = 1024 * 1024
/** Users that are kept in mind; one who was forgotten begins anew. */
const kept = 50_000

export const createSpending = ({ bytesPerHour, isShort, now }: SpendingOptions): Spending => {
  const accounts = new LRUCache<string, Account>({ max: kept })
  const perMs = bytesPerHour / hourMs

  const refuse = (over: number): never => {
    throw new ProtocolError('rate_limited', undefined, { retryAfterMs: Math.ceil(over / perMs) })
  }

  return {
    take: (userId, bytes) => {
      const at = now()
      const before = accounts.get(userId)
      const spent = before === undefined ? 0 : Math.max(0, before.spent - Math.max(0, at - before.at) * perMs)
      const after = spent + bytes
      if (after > bytesPerHour) refuse(after - bytesPerHour)
      if (after > shortBytes && isShort()) throw new ProtocolError('storage_full')
      accounts.set(userId, { spent: after, at })
    },
  }
}
