/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import type { Time } from '../time.ts'
import type { UserRole } from './access.ts'
import type { Device } from './device-records.ts'
import type { Notice } from './notices.ts'

/** `contacts`: people in a group with the user, or in a direct conversation in which both have agreed to talk. */
export type Audience = 'everyone' | 'contacts' | 'nobody'

export interface Privacy {
  /** Who may see whether the user is online. */
  readonly online: Audience
  /** Who of those may also see when the user was last online. */
  readonly lastSeen: Audience
  /** Off: only the user's own devices hear what this user has read. */
  readonly readReceipts: boolean
  /** Whether users who know the login name may learn the user id. */
  readonly findableByLogin: boolean
}

export interface Profile {
  readonly displayName: string | null
  readonly about: string | null
}

/** Why an account is deactivated. */
export interface Deactivation {
  readonly by: 'user' | 'admin'
  readonly at: Time
  /** When the account becomes active again. Null: when an admin reactivates it. */
  readonly until: Time | null
  /** A word of a closed list. */
  readonly reason: string | null
}

export interface FoundAccounts {
  /** The beginning of the login name or user id. Empty for all users. */
  readonly prefix: string
  /** Only users after this one. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface Account {
  readonly userId: string
  /** The normalised login; null for a user who signs in elsewhere. */
  readonly login: string | null
  readonly passwordHash: string | null
  /** `external`: created when a token that another issuer, or the operator, signed was first used. */
  readonly origin: 'local' | 'external'
  readonly status: 'active' | 'deactivated'
  /** Null for an active account, and for one whose deactivation was not recorded. */
  readonly deactivation: Deactivation | null
  readonly roles: readonly UserRole[]
  /** Ed25519 public key, base64 of 32 bytes; null until the first device registers it. Only the user changes it. */
  readonly identityKey: string | null
  /** Access tokens issued before this time are refused. */
  readonly tokensFrom: Time
  /** Except those of the device that changed the password, if they were issued after the change before. */
  readonly tokensSpare: { readonly deviceId: string; readonly from: Time } | null
  readonly createdAt: Time
  readonly profile: Profile
  readonly privacy: Privacy
  /** Belongs to the clients; opaque to the server. */
  readonly settings: Readonly<Record<string, unknown>>
}

export type AccountChange = Partial<Omit<Account, 'userId' | 'origin' | 'identityKey' | 'createdAt'>>

/** Everything that decides whether a token is believed. */
export interface Standing {
  readonly account: Account | undefined
  readonly devices: readonly Device[]
  readonly erased: boolean
}

export interface AccountRecords {
  create(account: Account): Promise<'created' | 'user_taken' | 'login_taken'>
  account(userId: string): Promise<Account | undefined>
  accountByLogin(login: string): Promise<Account | undefined>
  standing(userId: string): Promise<Standing>
  /**
   * The standings of several users at once, in three reads however many they are. Every requested id is in the
   * answer.
   */
  standings(userIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>
  /**
   * `missing`: there is no such account. `external`: the roles of such an account are in its tokens.
   * `last_admin`: nobody else is an active admin, whatever other processes do at the same time.
   */
  change(
    userId: string,
    change: AccountChange,
    notice?: Notice,
    act?: AdminAct,
  ): Promise<'changed' | 'missing' | 'login_taken' | 'external' | 'last_admin'>
  /**
   * Deletes every row about the user, records that the id is used up, and keeps the notice. `missing`: the user
   * is unknown or was erased before.
   */
  erase(userId: string, at: Time, notice: Notice, act?: AdminAct): Promise<'erased' | 'missing' | 'last_admin'>
  /** Ordered by user id. */
  find(wanted: FoundAccounts): Promise<readonly Account[]>
  /** The users whose deactivation has ended by now, longest ago first. */
  overdue(now: Time, limit: number): Promise<readonly string[]>
  /** Reactivates the account. False if its deactivation has not ended, or was removed. */
  reactivateOverdue(userId: string, now: Time, notice: Notice, act: AdminAct): Promise<boolean>
  /** Returns those of the users who have an account. */
  existing(userIds: readonly string[]): Promise<readonly string[]>
  /** Returns those of the users who were erased. */
  erased(userIds: readonly string[]): Promise<readonly string[]>
}
