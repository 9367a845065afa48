import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ActName, AdminAct } from '../../../src/domain/audit/admin-acts.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const act = (id: string, name: ActName, userId: string): AdminAct => ({ id, act: name, at: now, actor: null, userId })
const notice = (id: string, userId: string) => ({
  ...{ id, userId },
  command: { type: 'DeactivateUser', actor: null, at: now } as const,
})

/** What every account store guarantees about the acts of admins. */
export const actsContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the store of admin acts`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    const kept = async () => (await store.acts(10)).map(({ id }) => id)
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
      await store.provision([{ userId: 'alice', deviceId: 'phone', at: now }])
    })
    afterEach(() => opened.remove())

    it('stores an act in the transaction that performs it', async () => {
      await store.change(
        'alice',
        { status: 'deactivated' },
        notice('n1', 'alice'),
        act('1', 'deactivate_user', 'alice'),
      )
      await store.revokeDevice('alice', 'phone', now, notice('n2', 'alice'), act('2', 'revoke_device', 'alice'))
      await store.erase('alice', now, notice('n3', 'alice'), act('3', 'erase_user', 'alice'))
      expect(await kept()).toEqual(['1', '2', '3'])
    })

    it('stores no act if nothing was done', async () => {
      await store.change('nobody', { status: 'deactivated' }, undefined, act('1', 'deactivate_user', 'nobody'))
      await store.revokeDevice('alice', 'unknown', now, notice('n1', 'alice'), act('2', 'revoke_device', 'alice'))
      await store.erase('nobody', now, notice('n2', 'nobody'), act('3', 'erase_user', 'nobody'))
      await store.removeFactors('alice', act('4', 'reset_second_factor', 'alice'))
      expect(await kept()).toEqual([])
    })

    it('does nothing if it cannot store the act', async () => {
      await store.keepAct(act('1', 'rebuild_views', 'alice'))
      const again = act('1', 'deactivate_user', 'alice')
      await expect(store.change('alice', { status: 'deactivated' }, undefined, again)).rejects.toThrow()
      expect((await store.account('alice'))?.status).toBe('active')
    })

    it('returns acts unchanged and oldest first, until each is settled', async () => {
      const full: AdminAct = { ...act('2', 'set_roles', 'alice'), roles: ['user'], reason: 'mistake' }
      for (const one of [full, act('1', 'erase_user', 'bob')]) await store.keepAct(one)
      expect(await store.acts(1)).toEqual([act('1', 'erase_user', 'bob')])
      await store.settleAct('1')
      await store.settleAct('1')
      expect(await store.acts(10)).toEqual([full])
    })

    it('keeps acts after the user is erased, so that they still reach the log', async () => {
      await store.keepAct(act('1', 'deactivate_user', 'alice'))
      await store.erase('alice', now, notice('n1', 'alice'))
      expect(await kept()).toEqual(['1'])
    })
  })
}
