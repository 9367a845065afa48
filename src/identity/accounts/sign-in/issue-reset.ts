import { createHash, randomBytes } from 'node:crypto'
import type { Account } from '../../../ports/identity/account-records.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'
import { normaliseLogin } from './login-names.ts'

export interface IssuedReset {
  readonly userId: string
  /** A secret; nothing else holds it. */
  readonly code: string
  readonly expiresAt: number
}

const lifetimeMs = 30 * 60_000
/** How many links of one user are valid at a time: asking again does not end the one that is on its way. */
const keptLinks = 5

export const hashResetCode = (code: string): string => createHash('sha256').update(code).digest('base64url')

type Resettable = Account & { readonly login: string }

export const mayReset = (account: Account | undefined): account is Resettable =>
  account !== undefined && account.login !== null && account.origin === 'local' && account.status === 'active'

/**
 * A code that sets the password of the user with this login name, once. Undefined when there is none, or the
 * account has no password.
 */
export const issueReset = async (
  store: Pick<AccountStore, 'accountByLogin' | 'putReset'>,
  typed: string,
  createdAt: number,
): Promise<(IssuedReset & { readonly login: string }) | undefined> => {
  const account = await store.accountByLogin(normaliseLogin(typed))
  if (!mayReset(account)) return undefined
  const { userId, login } = account
  const code = randomBytes(32).toString('base64url')
  const expiresAt = createdAt + lifetimeMs
  await store.putReset({ codeHash: hashResetCode(code), userId, createdAt, expiresAt }, keptLinks)
  return { userId, login, code, expiresAt }
}
