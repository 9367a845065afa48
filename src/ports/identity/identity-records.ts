/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

import type { Time } from '../time.ts'
import type { DeviceRequest } from './device-records.ts'
import type { Notice } from './notices.ts'
import type { RecoveryBlob } from './recovery-records.ts'

export interface IdentityRequest {
  readonly userId: string
  /** The present key; absent when the user begins anew, whatever the present key is. */
  readonly from?: string
  readonly to: string
  readonly at: Time
  /** Signed by the present key. Absent: everything that was stated before is void, as the old key is. */
  readonly statement?: string
  /** These active devices stay, with new certificates by the new key. All others are revoked. */
  readonly kept: readonly { readonly deviceId: string; readonly signatureKey: string; readonly certificate: string }[]
  /** Registered with the new key. */
  readonly device?: DeviceRequest['device']
  /** Replaces the record before, which opens the old key. */
  readonly recovery?: RecoveryBlob
  readonly notices: readonly Notice[]
  readonly revoked: (deviceId: string) => Notice
}

/**
 * `repeated`: this has been done already. `differs`: the present key is another one. `unfit`: a device that should
 * stay is not active, or the new device's id was used before.
 */
export type IdentityAnswer =
  | { readonly kind: 'changed'; readonly revoked: readonly string[] }
  | { readonly kind: 'repeated' | 'differs' | 'unfit' | 'no_account' }

export interface IdentityRecords {
  /** The user's signed statements about devices and the identity key, oldest first; JSON. */
  statements(userId: string): Promise<readonly string[]>
  changeIdentity(request: IdentityRequest): Promise<IdentityAnswer>
}
