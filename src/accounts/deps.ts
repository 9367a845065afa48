import type { AccountStore } from '../ports/accounts.ts'
import type { AccessEnd } from '../protocol/close-codes.ts'
import type { Announcer } from './announcer.ts'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import type { Standings } from './standings.ts'

export interface AccountSettings {
  /** May people make accounts themselves? */
  readonly registration: boolean
  /** Accounts an hour from one address. */
  readonly registrationsPerHour: number
  /** Attempts a minute to sign in, by login name and network. */
  readonly signInsPerMinute: number
  /** Devices with a key that a user may have at a time. */
  readonly maxDevices: number
  /** Key packages of one user that another may claim: so many at once, then one more after this time. */
  readonly claimBurst: number
  readonly claimEveryMs: number
  /** Reads, and writes, of a user's recovery record at once; one more every ten minutes. */
  readonly recoveryBurst: number
}

/** What the use cases are made of. */
export interface AccountDeps {
  readonly store: AccountStore
  readonly standings: Standings
  readonly announcer: Pick<Announcer, 'flush'>
  readonly passwords: Passwords
  /** Hold for all processes. */
  readonly limits: Limits
  readonly settings: AccountSettings
  /** Ends everything that was opened with the user's tokens, or with those of one device: sockets, sign-ins. */
  readonly signOut: (userId: string, why: AccessEnd, deviceId?: string) => void
  /** Never gives the same id twice, and later ones sort after earlier ones. */
  readonly newId: () => string
  readonly now: () => number
}
