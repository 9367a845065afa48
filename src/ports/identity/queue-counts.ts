import type { Time } from '../time.ts'
import type { PushKind } from './push-records.ts'

/** What waits in the accounts database. */
export interface QueueCounts {
  /** The kinds for which something waits. */
  readonly push: readonly {
    readonly kind: PushKind
    readonly due: number
    /** To be woken at a later time. */
    readonly later: number
    /** When the one that waits longest became due. Null if none is due. */
    readonly oldest: Time | null
  }[]
  readonly files: {
    readonly uploads: number
    readonly receivedBytes: number
    /** Files whose bytes have still to be removed. */
    readonly toRemove: number
  }
  readonly reports: { readonly open: number; readonly claimed: number }
}

/** Part of the accounts database; `account-store.ts` states what every call guarantees. */
export interface QueueRecords {
  queueCounts(now: Time): Promise<QueueCounts>
}
