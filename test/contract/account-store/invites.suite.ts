import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { Invite } from '../../../src/ports/identity/invites.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const invite = (inviteId: string, changes: Partial<Invite> = {}): Invite => ({
  ...{ inviteId, userId: 'alice', createdAt: now, expiresAt: now + 1000, uses: 0, maxUses: 2 },
  ...changes,
})

/** What every account store promises of invites. */
export const invitesContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the keeper of invites`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
    })
    afterEach(() => opened.remove())

    it('keeps as many of a user as there may be, those that have expired not counted', async () => {
      expect(await store.putInvite(invite('old', { createdAt: now - 5, expiresAt: now }), 2)).toBe('put')
      expect(await store.putInvite(invite('one'), 2)).toBe('put')
      expect(await store.putInvite(invite('two', { createdAt: now + 1 }), 2)).toBe('put')
      expect(await store.putInvite(invite('three'), 2)).toBe('full')
      expect(await store.putInvite(invite('one', { userId: 'bob' }), 2)).toBe('taken')
      expect((await store.invitesOf('alice', now)).map(({ inviteId }) => inviteId)).toEqual(['two', 'one'])
    })

    it('lets each of so many people use one, as often as they like, and nobody after its end', async () => {
      await store.putInvite(invite('one'), 9)
      expect(await store.useInvite('none', 'bob', now)).toBe(false)
      for (const holder of ['bob', 'carol', 'bob']) expect(await store.useInvite('one', holder, now)).toBe(true)
      expect(await store.useInvite('one', 'dave', now)).toBe(false)
      expect([await store.inviteFor('one', 'bob', now), await store.inviteFor('one', 'dave', now)]).toEqual([
        ...[invite('one', { uses: 2 }), undefined],
      ])
      expect(await store.useInvite('one', 'bob', now + 1000)).toBe(false)
    })

    it('is used no more often than it may be by many at the same time, over several connections', async () => {
      await store.putInvite(invite('one', { maxUses: 3 }), 9)
      const other = await opened.another()
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? store : other).useInvite('one', `u-${index}`, now)),
      )
      expect(answers.filter((isGood) => isGood)).toHaveLength(3)
      expect((await store.invitesOf('alice', now))[0]?.uses).toBe(3)
      await other.close()
    })

    it('says who has come by whose invite, until it expires or is taken back', async () => {
      await store.putInvite(invite('one'), 9)
      await store.useInvite('one', 'bob', now)
      expect(await store.invitedBy('bob', ['carol', 'alice'], now)).toEqual(['alice'])
      expect(await store.invitedBy('bob', [], now)).toEqual([])
      expect(await store.invitedBy('carol', ['alice'], now)).toEqual([])
      expect(await store.invitedBy('bob', ['alice'], now + 1000)).toEqual([])
      expect(await store.deleteInvite('bob', 'one')).toBe(false)
      expect(await store.deleteInvite('alice', 'one')).toBe(true)
      expect(await store.invitedBy('bob', ['alice'], now)).toEqual([])
    })

    it('forgets all of a user who is erased, and what has expired', async () => {
      await store.create(localAccount('bob'))
      await store.putInvite(invite('one'), 9)
      await store.putInvite(invite('two', { userId: 'bob' }), 9)
      await store.useInvite('one', 'bob', now)
      await store.useInvite('two', 'alice', now)
      const notice = { id: 'erased', userId: 'bob', command: { type: 'EraseUser' as const, actor: null, at: now } }
      expect(await store.erase('bob', now, notice)).toBe('erased')
      expect([await store.invitesOf('bob', now), await store.invitedBy('bob', ['alice'], now)]).toEqual([[], []])
      expect(await store.invitedBy('alice', ['bob'], now)).toEqual([])
      await store.purge(now + 1000, 0)
      expect(await store.invitesOf('alice', now)).toEqual([])
    })
  })
}
