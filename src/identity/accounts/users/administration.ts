import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type { UserRole } from '../../../ports/identity/access.ts'
import type { AccountChange } from '../../../ports/identity/account-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'

/**
 * What an admin does with other users' accounts. Each rejects with `not_found` for a user who is unknown or erased,
 * and with `last_admin` when nobody would be left who could undo it.
 */
export interface Administration {
  /**
   * `user` is always among them. Only for a local account: tokens of another issuer, and of the operator, state
   * roles themselves (`roles_elsewhere`).
   */
  setRoles(userId: string, roles: readonly UserRole[]): Promise<void>
  deactivate(userId: string): Promise<void>
  reactivate(userId: string): Promise<void>
  erase(userId: string): Promise<void>
  /** For a user who has lost the device; `not_found` also for one that is revoked already. */
  revokeDevice(userId: string, deviceId: string): Promise<void>
}

type Told = 'DeactivateUser' | 'ReactivateUser' | 'EraseUser'

type Refusal = 'missing' | 'login_taken' | 'external' | 'last_admin'

/** What the store refused, in the protocol's words. */
export const refusalOf = (refusal: Refusal): ErrorCode => {
  switch (refusal) {
    case 'missing':
      return 'not_found'
    case 'login_taken':
      return 'account_exists'
    case 'external':
      return 'roles_elsewhere'
    case 'last_admin':
      return 'last_admin'
  }
}

export const createAdministration = (deps: AccountDeps): Administration => {
  const { store, standings, announcer, signOut, newId, now } = deps

  const notice = (userId: string, type: Told): Notice => ({
    id: newId(),
    userId,
    command: { type, actor: null, at: now() },
  })

  const change = async (userId: string, columns: AccountChange, told?: Notice, done?: () => void): Promise<void> => {
    const answer = await store.change(userId, columns, told)
    standings.forget(userId)
    if (answer !== 'changed') throw new ProtocolError(refusalOf(answer))
    // Before it is announced, because the log may be away.
    done?.()
    if (told !== undefined) await announcer.flush()
  }

  return {
    setRoles: (userId, roles) => change(userId, { roles: [...new Set<UserRole>(['user', ...roles])] }),
    deactivate: (userId) =>
      change(userId, { status: 'deactivated' }, notice(userId, 'DeactivateUser'), () =>
        signOut(userId, 'account_deactivated'),
      ),
    reactivate: (userId) => change(userId, { status: 'active' }, notice(userId, 'ReactivateUser')),
    revokeDevice: async (userId, deviceId) => {
      const at = now()
      const told: Notice = { id: newId(), userId, command: { type: 'RevokeDevice', actor: null, at, deviceId } }
      const found = await store.revokeDevice(userId, deviceId, at, told)
      standings.forget(userId)
      if (!found) throw new ProtocolError('not_found')
      signOut(userId, 'revoked', deviceId)
      await announcer.flush()
    },
    erase: async (userId) => {
      const answer = await store.erase(userId, now(), notice(userId, 'EraseUser'))
      standings.forget(userId)
      if (answer !== 'erased') throw new ProtocolError(refusalOf(answer))
      signOut(userId, 'account_erased')
      await announcer.flush()
    },
  }
}
