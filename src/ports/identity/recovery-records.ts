/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { Time } from '../time.ts'

export interface RecoveryBlob {
  /** Base64, opaque: encrypted under a key that the server never sees. */
  readonly blob: string
  /** Grows with each that replaces another; 0 for one of before records were signed. */
  readonly number: number
  /** By the identity key. Null for one of before records were signed. */
  readonly signature: string | null
  readonly at: Time
}

/** `old`: the one that is there has the same number or a larger one. `differs`: the identity key is another one. */
export type RecoveryAnswer = 'stored' | 'old' | 'differs' | 'no_account'

export interface RecoveryRecords {
  recovery(userId: string): Promise<RecoveryBlob | undefined>
  /** Replaces one with a smaller number, while `identityKey` is the user's; the same again is stored again. */
  putRecovery(userId: string, record: RecoveryBlob, identityKey: string): Promise<RecoveryAnswer>
}
