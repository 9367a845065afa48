/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { Time } from '../time.ts'

export interface RecoveryBlob {
  /** Base64, opaque: encrypted under a key that the server never sees. */
  readonly blob: string
  /** Grows with each record that replaces another; 0 for a record from before they were signed. */
  readonly number: number
  /** By the identity key. Null for a record from before they were signed. */
  readonly signature: string | null
  readonly at: Time
}

/** `old`: the stored record has the same number or a larger one. `differs`: the identity key is another one. */
export type RecoveryAnswer = 'stored' | 'old' | 'differs' | 'no_account'

export interface RecoveryRecords {
  recovery(userId: string): Promise<RecoveryBlob | undefined>
  /**
   * Replaces a record with a smaller number, as long as `identityKey` is the user's. Storing the same record
   * again succeeds.
   */
  putRecovery(userId: string, record: RecoveryBlob, identityKey: string): Promise<RecoveryAnswer>
}
