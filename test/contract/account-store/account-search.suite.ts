import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdminAct } from '../../../src/domain/audit/admin-acts.ts'
import type { Account } from '../../../src/ports/identity/account-records.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const told = (id: string, userId: string) => ({
  notice: { id, userId, command: { type: 'ReactivateUser', actor: null, at: now } as const },
  act: { id, act: 'reactivate_user', at: now, actor: null, userId } satisfies AdminAct,
})
const until = (end: number | null): Pick<Account, 'status' | 'deactivation'> => ({
  status: 'deactivated',
  deactivation: { by: 'admin', at: now, until: end, reason: 'spam' },
})

/** What every account store guarantees about searches, and about deactivations that end. */
export const accountSearchContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as a searchable list of accounts`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    const found = async (prefix: string, after?: string, limit = 10) =>
      (await store.find({ prefix, after, limit })).map(({ userId }) => userId)
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      for (const [userId, login] of [
        ['u1', 'ann@example.org'],
        ['u2', 'anna_%@example.org'],
        ['u3', 'bob@example.org'],
        ['ann-elsewhere', 'zoe@example.org'],
      ] as const)
        await store.create(localAccount(userId, login))
    })
    afterEach(() => opened.remove())

    it('finds users by the beginning of a login name or user id, without special characters', async () => {
      expect(await found('ann')).toEqual(['ann-elsewhere', 'u1', 'u2'])
      expect(await found('anna_%')).toEqual(['u2'])
      expect(await found('%')).toEqual([])
      expect(await found('_nn')).toEqual([])
      expect(await found("' OR 1=1 --")).toEqual([])
      expect(await found('a\0')).toEqual([])
    })

    it('lists all users, page by page', async () => {
      expect(await found('', undefined, 2)).toEqual(['ann-elsewhere', 'u1'])
      expect(await found('', 'u1', 2)).toEqual(['u2', 'u3'])
      expect(await found('', 'u3', 2)).toEqual([])
    })

    it('stores the reason and end of a deactivation', async () => {
      await store.change('u1', until(now + 5))
      expect((await store.account('u1'))?.deactivation).toEqual(until(now + 5).deactivation)
      await store.change('u1', { status: 'active', deactivation: null })
      expect(await store.account('u1')).toMatchObject({ status: 'active', deactivation: null })
      expect(await store.overdue(now + 10, 10)).toEqual([])
    })

    it('finds deactivations that have ended, and ends each once', async () => {
      await store.change('u1', until(now + 5))
      await store.change('u2', until(now + 4))
      await store.change('u3', until(null))
      expect(await store.overdue(now + 3, 10)).toEqual([])
      expect(await store.overdue(now + 5, 10)).toEqual(['u2', 'u1'])
      expect(await store.overdue(now + 5, 1)).toEqual(['u2'])
      const other = await opened.another()
      const end = (one: AccountStore, id: string) =>
        one.reactivateOverdue('u1', now + 5, told(id, 'u1').notice, told(id, 'u1').act)
      expect((await Promise.all([end(store, 'a'), end(other, 'b')])).sort()).toEqual([false, true])
      expect(await store.account('u1')).toMatchObject({ status: 'active', deactivation: null })
      expect([await store.notices(10), await store.acts(10)].map(({ length }) => length)).toEqual([1, 1])
      await other.close()
    })

    it('ends no deactivation that was extended in the meantime', async () => {
      await store.change('u1', until(now + 5))
      await store.change('u1', until(now + 50))
      const { notice, act } = told('a', 'u1')
      expect(await store.reactivateOverdue('u1', now + 5, notice, act)).toBe(false)
      expect((await store.account('u1'))?.status).toBe('deactivated')
    })
  })
}
