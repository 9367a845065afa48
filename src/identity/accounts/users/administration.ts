import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type { ActFacts, ActName, AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { UserRole } from '../../../ports/identity/access.ts'
import type { AccountChange } from '../../../ports/identity/account-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import type { ActBy } from './audit-trail.ts'

/**
 * What an admin does with other users' accounts. Each rejects with `not_found` for a user who is unknown or erased,
 * and with `last_admin` when nobody would be left who could undo it. What is done is in the audit.
 */
export interface Administration {
  /**
   * `user` is always among them. Only for a local account: tokens of another issuer, and of the operator, state
   * roles themselves (`roles_elsewhere`).
   */
  setRoles(by: ActBy, userId: string, roles: readonly UserRole[]): Promise<void>
  deactivate(by: ActBy, userId: string): Promise<void>
  reactivate(by: ActBy, userId: string): Promise<void>
  erase(by: ActBy, userId: string): Promise<void>
  /** For a user who has lost the device; `not_found` also for one that is revoked already. */
  revokeDevice(by: ActBy, userId: string, deviceId: string): Promise<void>
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
  const { store, standings, announcer, trail, signOut, newId, now } = deps

  const notice = (userId: string, type: Told): Notice => ({
    id: newId(),
    userId,
    command: { type, actor: null, at: now() },
  })

  const announced = async (): Promise<void> => {
    await announcer.flush()
    await trail.flush()
  }

  const change = async (
    act: AdminAct & { readonly userId: string },
    columns: AccountChange,
    told?: Notice,
    done?: () => void,
  ): Promise<void> => {
    const answer = await store.change(act.userId, columns, told, act)
    standings.forget(act.userId)
    if (answer !== 'changed') throw new ProtocolError(refusalOf(answer))
    // Before it is announced, because the log may be away.
    done?.()
    await announced()
  }

  const acting = (by: ActBy, name: ActName, userId: string, facts: ActFacts = {}) => ({
    ...trail.act(by, name, { userId, ...facts }),
    userId,
  })

  return {
    setRoles: (by, userId, wanted) => {
      const roles = [...new Set<UserRole>(['user', ...wanted])]
      return change(acting(by, 'set_roles', userId, { roles }), { roles })
    },
    deactivate: (by, userId) =>
      change(acting(by, 'deactivate_user', userId), { status: 'deactivated' }, notice(userId, 'DeactivateUser'), () =>
        signOut(userId, 'account_deactivated'),
      ),
    reactivate: (by, userId) =>
      change(acting(by, 'reactivate_user', userId), { status: 'active' }, notice(userId, 'ReactivateUser')),
    revokeDevice: async (by, userId, deviceId) => {
      const at = now()
      const told: Notice = { id: newId(), userId, command: { type: 'RevokeDevice', actor: null, at, deviceId } }
      const act = acting(by, 'revoke_device', userId, { deviceId })
      const found = await store.revokeDevice(userId, deviceId, at, told, act)
      standings.forget(userId)
      if (!found) throw new ProtocolError('not_found')
      signOut(userId, 'revoked', deviceId)
      await announced()
    },
    erase: async (by, userId) => {
      const answer = await store.erase(userId, now(), notice(userId, 'EraseUser'), acting(by, 'erase_user', userId))
      standings.forget(userId)
      if (answer !== 'erased') throw new ProtocolError(refusalOf(answer))
      signOut(userId, 'account_erased')
      await announced()
    },
  }
}
