import { ProtocolError } from '@backscroll/protocol/errors'
import type { Actor } from '../../../domain/ids.ts'
import type { Account, AccountChange, Privacy, Profile } from '../../../ports/identity/account-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { createOwnPassword, type OwnPassword } from '../sign-in/own-password.ts'
import { refusalOf } from './administration.ts'

export interface OwnChange {
  readonly profile?: Partial<Profile>
  readonly privacy?: Partial<Privacy>
  /** Replaces the settings as a whole. */
  readonly settings?: Account['settings']
}

export interface OwnAccount extends OwnPassword {
  /** Rejects with `not_found` when the account is gone. */
  read(userId: string): Promise<Account>
  change(userId: string, change: OwnChange): Promise<Account>
  /** `last_admin` where nobody would be left to administer. */
  deactivate(actor: Actor): Promise<void>
  /** The same. Everything about the user is deleted at once; the user leaves the conversations soon after. */
  erase(actor: Actor): Promise<void>
}

const columnsOf = (account: Account, { profile, privacy, settings }: OwnChange): AccountChange => ({
  ...(profile !== undefined && { profile: { ...account.profile, ...profile } }),
  ...(privacy !== undefined && { privacy: { ...account.privacy, ...privacy } }),
  ...(settings !== undefined && { settings }),
})

export const createOwnAccount = (deps: AccountDeps): OwnAccount => {
  const { store, standings, announcer, signOut, newId, now } = deps

  const read = async (userId: string): Promise<Account> => {
    const { account } = await standings.fresh(userId)
    if (account === undefined) throw new ProtocolError('not_found')
    return account
  }

  const change = async (userId: string, columns: AccountChange, notice?: Notice): Promise<void> => {
    const answer = await store.change(userId, columns, notice)
    standings.forget(userId)
    if (answer !== 'changed') throw new ProtocolError(refusalOf(answer))
  }

  return {
    read,
    ...createOwnPassword(deps, read),
    change: async (userId, wanted) => {
      await change(userId, columnsOf(await read(userId), wanted))
      return read(userId)
    },
    deactivate: async (actor) => {
      const at = now()
      const notice = { id: newId(), userId: actor.userId, command: { type: 'DeactivateUser' as const, actor, at } }
      const deactivation = { by: 'user' as const, at, until: null, reason: null }
      await change(actor.userId, { status: 'deactivated', deactivation }, notice)
      signOut(actor.userId, 'account_deactivated')
      await announcer.flush()
    },
    erase: async (actor) => {
      const at = now()
      const notice = { id: newId(), userId: actor.userId, command: { type: 'EraseUser' as const, actor, at } }
      const answer = await store.erase(actor.userId, at, notice)
      standings.forget(actor.userId)
      if (answer !== 'erased') throw new ProtocolError(refusalOf(answer))
      signOut(actor.userId, 'account_erased')
      await announcer.flush()
    },
  }
}
