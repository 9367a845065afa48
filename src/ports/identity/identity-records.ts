/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */

import type { Time } from '../time.ts'
import type { DeviceRequest } from './device-records.ts'
import type { Notice } from './notices.ts'
import type { RecoveryBlob } from './recovery-records.ts'

export interface IdentityRequest {
  readonly userId: string
  /** The present key; left out where a person begins anew, whatever it is. */
  readonly from?: string
  readonly to: string
  readonly at: Time
  /** Signed by the present key. Left out: everything that was said before is gone with the old key. */
  readonly statement?: string
  /** These active devices stay, under new certificates by the new key. All others are revoked. */
  readonly kept: readonly { readonly deviceId: string; readonly signatureKey: string; readonly certificate: string }[]
  /** Comes in with the new key. */
  readonly device?: DeviceRequest['device']
  /** Takes the place of the one before, which opens the old key. */
  readonly recovery?: RecoveryBlob
  readonly notices: readonly Notice[]
  readonly revoked: (deviceId: string) => Notice
}

/**
 * `repeated`: it is so already. `differs`: the present key is another one. `unfit`: a device that is to stay does not
 * stand, or the new one's id was used.
 */
export type IdentityAnswer =
  | { readonly kind: 'changed'; readonly revoked: readonly string[] }
  | { readonly kind: 'repeated' | 'differs' | 'unfit' | 'no_account' }

export interface IdentityRecords {
  /** What the user has signed about devices and the identity key, oldest first; JSON. */
  statements(userId: string): Promise<readonly string[]>
  changeIdentity(request: IdentityRequest): Promise<IdentityAnswer>
}
