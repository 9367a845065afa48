import type { Time } from '../time.ts'

/** Part of the accounts database: see `account-store.ts` for what every call promises. */
export interface Invite {
  /** The hash of the token, base64url; the token itself is in the link alone. */
  readonly inviteId: string
  /** The user who created the invite. */
  readonly userId: string
  readonly createdAt: Time
  readonly expiresAt: Time
  /** People who have used it, and who may. */
  readonly uses: number
  readonly maxUses: number
}

export interface InviteRecords {
  /** `full`: the user has `most` already that have not expired. `taken`: there is one of this id. */
  putInvite(invite: Invite, most: number): Promise<'put' | 'full' | 'taken'>
  /** Those that have not expired, the newest first. */
  invitesOf(userId: string, now: Time): Promise<readonly Invite[]>
  /** Also ends what its users have not made use of. False where the user has no such invite. */
  deleteInvite(userId: string, inviteId: string): Promise<boolean>
  /** Undefined for one that has expired, is used up, or never was; not for somebody who has used it before. */
  inviteFor(inviteId: string, holderId: string, now: Time): Promise<Invite | undefined>
  /** Uses it once for each holder; of any number at the same time no more than `maxUses` get true. */
  useInvite(inviteId: string, holderId: string, now: Time): Promise<boolean>
  /** Those of them by whose invite, which has not expired, this user has come. */
  invitedBy(holderId: string, userIds: readonly string[], now: Time): Promise<readonly string[]>
}
