/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { Time } from './time.ts'

export interface RecoveryBlob {
  /** Base64, opaque: encrypted under a key that the server never sees. */
  readonly blob: string
  readonly at: Time
}

export interface RecoveryRecords {
  recovery(userId: string): Promise<RecoveryBlob | undefined>
  /** False when there is no such account. */
  putRecovery(userId: string, blob: RecoveryBlob): Promise<boolean>
}
