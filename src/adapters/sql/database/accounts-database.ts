import type { BodyKeys } from '../../../ports/body-keys.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'
import type { OAuthStore } from '../../../ports/identity/oauth-store.ts'
import type { Leases } from '../../../ports/leases.ts'
import { createBodyKeys } from '../body-keys.ts'
import { createAccountStore } from '../create-account-store.ts'
import { createLeases } from '../lease-records.ts'
import { createSqlOAuthStore } from '../sign-in/oauth-store.ts'
import type { Database } from '../tables.ts'

/** Everything in the accounts database, whichever engine it is. `close` closes all of it. */
export interface AccountsDatabase extends AccountStore {
  /** The authorization server's records. */
  readonly oauth: OAuthStore
  readonly leases: Leases
  /** The keys of bodies in the event log of a cluster. */
  readonly bodyKeys: BodyKeys
}

/** Over tables that are up to date. */
export const createAccountsDatabase = (db: Database): AccountsDatabase => ({
  ...createAccountStore(db),
  oauth: createSqlOAuthStore(db),
  leases: createLeases(db),
  bodyKeys: createBodyKeys(db),
})
