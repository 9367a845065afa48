import type { AccessEnd } from '@backscroll/protocol/close-codes'
import type { Letter } from '../../ports/identity/account-mail.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { Sealer } from '../../ports/identity/sealer.ts'
import type { Standings } from './access/account-standings.ts'
import type { PushAccess } from './devices/push-access.ts'
import type { Limits } from './rate-limiter.ts'
import type { Passwords } from './sign-in/passwords.ts'
import type { AuditTrail } from './users/audit-trail.ts'
import type { Announcer } from './users/notice-announcer.ts'

export interface AccountSettings {
  /** May people create accounts themselves? */
  readonly registration: boolean
  /** Accounts an hour from one address. */
  readonly registrationsPerHour: number
  /** Whether new users can be found by login name, unless they choose otherwise. */
  readonly findableByLogin: boolean
  /** Attempts a minute to sign in, by login name and network. */
  readonly signInsPerMinute: number
  /** How many devices with a key a user may have at a time. */
  readonly maxDevices: number
  /** How many key packages of one user another may claim: this many at once, then one more after this time. */
  readonly claimBurst: number
  readonly claimEveryMs: number
  /** How many reads and writes of a user's recovery record are allowed at once; one more every ten minutes. */
  readonly recoveryBurst: number
  /** How long reports and feedback are kept, in days. */
  readonly reportDays: number
}

/** Sends the link that holds the code. */
export interface ResetMail {
  send(letter: Omit<Letter, 'kind' | 'link'> & { readonly code: string }): Promise<void>
}

/** The relying party of passkeys, in WebAuthn's words. */
export interface RelyingParty {
  /** A domain. */
  readonly id: string
  /** The origins of pages where passkeys are created and used. */
  readonly origins: readonly string[]
}

export interface AuditEntry {
  readonly event:
    | 'password_reset_sent'
    | 'password_reset'
    | 'second_factor_added'
    | 'second_factor_removed'
    | 'second_factors_reset'
    | 'recovery_code_used'
  readonly userId: string
  /** The user id of the admin who did it. Undefined if the user did it. */
  readonly by?: string
  readonly factor?: 'totp' | 'passkey' | 'recovery_codes'
}

/** What the use cases depend on. */
export interface AccountDeps {
  readonly store: AccountStore
  readonly standings: Standings
  readonly announcer: Pick<Announcer, 'flush'>
  readonly trail: Pick<AuditTrail, 'act' | 'flush'>
  readonly passwords: Passwords
  /** Limits that hold for all processes. */
  readonly limits: Limits
  readonly settings: AccountSettings
  /** Ends everything that was opened with the user's tokens, or with those of one device: sockets, sign-ins. */
  readonly signOut: (userId: string, why: AccessEnd, deviceId?: string) => void
  /** Undefined where the server cannot reach people: the operator hands links over. */
  readonly mail: ResetMail | undefined
  readonly sealer: Sealer
  readonly push: PushAccess
  /** Undefined where the server's address cannot have passkeys. */
  readonly passkeys: () => RelyingParty | undefined
  /** Changes of who may sign in, for the operator's log. */
  readonly audit: (entry: AuditEntry) => void
  readonly onError: (error: unknown) => void
  /** Never gives the same id twice, and later ones sort after earlier ones. */
  readonly newId: () => string
  readonly now: () => number
}
