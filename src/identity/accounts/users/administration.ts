import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type { ActFacts, ActName, AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { UserRole } from '../../../ports/identity/access.ts'
import type { Account, AccountChange, FoundAccounts } from '../../../ports/identity/account-records.ts'
import type { Device } from '../../../ports/identity/device-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { normaliseLogin } from '../sign-in/login-names.ts'
import type { ActBy } from './audit-trail.ts'

/**
 * What an admin does with other users' accounts. Each method rejects with `not_found` for a user who is unknown or
 * erased, and with `last_admin` if no admin would be left to undo it. Every act is in the audit.
 */
export interface Administration {
  /**
   * `user` is always among them. Only for a local account: tokens of another issuer, and of the operator, state
   * roles themselves (`roles_elsewhere`).
   */
  setRoles(by: ActBy, userId: string, roles: readonly UserRole[]): Promise<void>
  /**
   * With `until` (server time) the deactivation ends by itself, except for users who have deactivated their own
   * account. Rejects with `invalid` for a time in the past.
   */
  deactivate(by: ActBy, userId: string, until?: number): Promise<void>
  reactivate(by: ActBy, userId: string): Promise<void>
  erase(by: ActBy, userId: string): Promise<void>
  /** Finds users by login name in any spelling, or by the beginning of a login name or user id. */
  find(wanted: FindUsers): Promise<readonly Account[]>
  user(userId: string): Promise<{ readonly account: Account; readonly devices: readonly Device[] }>
  /** Reactivates accounts whose deactivation has ended. */
  endDeactivations(): Promise<void>
  /** For a user who has lost the device; `not_found` also for one that is revoked already. */
  revokeDevice(by: ActBy, userId: string, deviceId: string): Promise<void>
}

export type FindUsers = { readonly login: string } | FoundAccounts

/** Accounts that are reactivated in one batch. */
const endsAtATime = 100

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

const pastEnd = { field: 'until', reason: 'must be in the future' }

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
    // Before the announcement, because the log may be unavailable.
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
    deactivate: async (by, userId, until) => {
      if (until !== undefined && until <= now()) throw new ProtocolError('invalid', undefined, { details: pastEnd })
      const before = (await store.account(userId))?.deactivation
      // Users who have left stay deactivated until an admin reactivates them.
      const end = before?.by === 'user' ? null : (until ?? null)
      const deactivation = { by: 'admin', at: now(), until: end, reason: by.reason ?? null } as const
      const act = acting(by, 'deactivate_user', userId, end === null ? {} : { until: end })
      await change(act, { status: 'deactivated', deactivation }, notice(userId, 'DeactivateUser'), () =>
        signOut(userId, 'account_deactivated'),
      )
    },
    reactivate: (by, userId) => {
      const told = notice(userId, 'ReactivateUser')
      return change(acting(by, 'reactivate_user', userId), { status: 'active', deactivation: null }, told)
    },
    find: async (wanted) => {
      if (!('login' in wanted)) return store.find(wanted)
      const account = await store.accountByLogin(normaliseLogin(wanted.login))
      return account === undefined ? [] : [account]
    },
    user: async (userId) => {
      const { account, devices } = await standings.fresh(userId)
      if (account === undefined) throw new ProtocolError('not_found')
      return { account, devices }
    },
    endDeactivations: async () => {
      for (const userId of await store.overdue(now(), endsAtATime)) {
        const act = acting({ actor: null }, 'reactivate_user', userId)
        if (await store.reactivateOverdue(userId, now(), notice(userId, 'ReactivateUser'), act))
          standings.forget(userId)
      }
      await announced()
    },
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
