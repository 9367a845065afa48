import type { Actor } from '../domain/ids.ts'
import type { Account, AccountChange, Privacy, Profile } from '../ports/accounts.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'
import { unfitPassword } from './logins.ts'
import { createRateLimiter } from './rate-limits.ts'

export interface OwnChange {
  readonly profile?: Partial<Profile>
  readonly privacy?: Partial<Privacy>
  /** Replaces the settings as a whole. */
  readonly settings?: Account['settings']
}

export interface OwnAccount {
  /** Rejects with `not_found` when the account is gone. */
  read(userId: string): Promise<Account>
  change(userId: string, change: OwnChange): Promise<Account>
  /** Tokens that were issued before are refused from now on, and everything opened with them ends. `wrong_password`, `invalid`. */
  changePassword(userId: string, current: string, next: string): Promise<void>
  /** Checks the password of an account that has one. Rejects with `wrong_password`, `rate_limited`. */
  confirm(userId: string, password: string | undefined): Promise<void>
  deactivate(actor: Actor): Promise<void>
  /** Everything about the user is deleted at once; his conversations are left soon after. */
  erase(actor: Actor): Promise<void>
}

const columnsOf = (account: Account, { profile, privacy, settings }: OwnChange): AccountChange => ({
  ...(profile !== undefined && { profile: { ...account.profile, ...profile } }),
  ...(privacy !== undefined && { privacy: { ...account.privacy, ...privacy } }),
  ...(settings !== undefined && { settings }),
})

export const createOwnAccount = (deps: AccountDeps): OwnAccount => {
  const { store, standings, announcer, passwords, signOut, newId, now } = deps
  const attempts = createRateLimiter({ burst: 5, everyMs: 30_000 }, now)

  const read = async (userId: string): Promise<Account> => {
    const { account } = await standings.fresh(userId)
    if (account === undefined) throw new ProtocolError('not_found')
    return account
  }

  const change = async (userId: string, columns: AccountChange): Promise<Account> => {
    const answer = await store.change(userId, columns)
    standings.forget(userId)
    if (answer !== 'changed') throw new ProtocolError('not_found')
    return read(userId)
  }

  const confirm = async (userId: string, password: string | undefined): Promise<void> => {
    const { passwordHash } = await read(userId)
    if (passwordHash === null) return
    attempts.take(userId)
    if (!(await passwords.matches(password ?? '', passwordHash))) throw new ProtocolError('wrong_password')
  }

  return {
    read,
    confirm,
    change: async (userId, wanted) => change(userId, columnsOf(await read(userId), wanted)),
    changePassword: async (userId, current, next) => {
      const account = await read(userId)
      if (account.login === null) throw new ProtocolError('forbidden')
      await confirm(userId, current)
      const reason = unfitPassword(next, account.login)
      if (reason !== undefined)
        throw new ProtocolError('invalid', undefined, { details: { in: 'body', field: 'next', reason } })
      await change(userId, { passwordHash: await passwords.hash(next), tokensFrom: now() })
      signOut(userId, 'signed_out')
    },
    deactivate: async (actor) => {
      const at = now()
      const notice = { id: newId(), userId: actor.userId, command: { type: 'DeactivateUser' as const, actor, at } }
      await store.change(actor.userId, { status: 'deactivated' }, notice)
      standings.forget(actor.userId)
      signOut(actor.userId, 'account_deactivated')
      await announcer.flush()
    },
    erase: async (actor) => {
      const at = now()
      const notice = { id: newId(), userId: actor.userId, command: { type: 'EraseUser' as const, actor, at } }
      await store.erase(actor.userId, at, notice)
      standings.forget(actor.userId)
      signOut(actor.userId, 'account_erased')
      await announcer.flush()
    },
  }
}
