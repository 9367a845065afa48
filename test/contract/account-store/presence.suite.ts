import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const at = 1_767_225_600_000
const minute = 60_000

/** What every account store guarantees about presence settings and last-seen times. */
export const presenceRecordsContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the store of last-seen times`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      for (const userId of ['alice', 'bob']) await store.create(localAccount(userId))
    })
    afterEach(() => opened.remove())

    const seenAt = async (userId: string) => (await store.seenUsers([userId])).get(userId)?.seenAt
    const erase = (userId: string) =>
      store.erase(userId, at, { id: `erasure-${userId}`, userId, command: { type: 'EraseUser', actor: null, at } })

    it('returns the settings of users with an active account', async () => {
      await store.create(localAccount('carol'))
      await store.create(localAccount('dave'))
      await store.change('carol', { status: 'deactivated' })
      await erase('dave')
      const { privacy } = localAccount('alice')
      await store.change('bob', { privacy: { ...privacy, online: 'nobody', lastSeen: 'everyone' } })
      await store.noteSeen(['alice'], at)
      expect(await store.seenUsers(['alice', 'bob', 'carol', 'dave', 'nobody', 'alice'])).toEqual(
        new Map([
          ['alice', { online: 'everyone', lastSeen: 'contacts', seenAt: at }],
          ['bob', { online: 'nobody', lastSeen: 'everyone', seenAt: null }],
        ]),
      )
      expect(await store.seenUsers([])).toEqual(new Map())
    })

    it('keeps the latest time, even if an earlier one arrives later', async () => {
      await store.noteSeen(['alice', 'bob'], at)
      await store.noteSeen(['alice', 'nobody'], at + minute)
      await store.noteSeen(['alice', 'bob'], at - minute)
      await store.noteSeen([], at + minute)
      expect(await seenAt('alice')).toBe(at + minute)
      expect(await seenAt('bob')).toBe(at)
    })

    it('deletes the time of a user who shows it to nobody, and stores none afterwards', async () => {
      const { privacy } = localAccount('alice')
      await store.noteSeen(['alice'], at)
      await store.change('alice', { privacy: { ...privacy, lastSeen: 'nobody' } })
      expect(await seenAt('alice')).toBeNull()
      await store.noteSeen(['alice'], at + minute)
      expect(await seenAt('alice')).toBeNull()
      await store.change('alice', { privacy })
      expect(await seenAt('alice')).toBeNull()
    })

    it('creates no account for an erased user', async () => {
      await store.noteSeen(['alice'], at)
      await erase('alice')
      await store.noteSeen(['alice'], at + minute)
      expect((await store.seenUsers(['alice'])).size).toBe(0)
      expect(await store.existing(['alice'])).toEqual([])
    })

    it('accepts times of many users from two processes at once', async () => {
      const users = Array.from({ length: 200 }, (_, index) => `user-${index}`)
      for (const userId of users) await store.create(localAccount(userId))
      const other = await opened.another()
      await Promise.all([
        ...[0, 1, 2].map((step) => store.noteSeen(users, at + step * minute)),
        ...[0, 1, 2].map((step) => other.noteSeen([...users].reverse(), at + step * minute)),
      ])
      const seen = await store.seenUsers(users)
      expect(users.filter((userId) => seen.get(userId)?.seenAt !== at + 2 * minute)).toEqual([])
      await other.close()
    })
  })
}
