import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000

/** What every account store says of what waits in it. */
export const queuesContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the store of queues`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
      await store.provision(['phone', 'laptop', 'tablet'].map((deviceId) => ({ userId: 'alice', deviceId, at: now })))
    })
    afterEach(() => opened.remove())

    it('counts nothing where nothing waits', async () => {
      expect(await store.queueCounts(now)).toEqual({
        push: [],
        files: { uploads: 0, receivedBytes: 0, toRemove: 0 },
        reports: { open: 0, claimed: 0 },
      })
    })

    it('counts devices that are due and that are due later, by kind', async () => {
      const kinds = { phone: 'fcm', laptop: 'webpush', tablet: 'fcm' } as const
      for (const [deviceId, kind] of Object.entries(kinds))
        await store.registerPush({ userId: 'alice', deviceId, kind, target: 'sealed', hash: deviceId, at: now })
      const message = { userId: 'alice', conversationId: 'c', seq: 1, at: now }
      await store.owePushes([message], now, false)
      expect((await store.queueCounts(now)).push).toEqual([
        { kind: 'fcm', due: 2, later: 0, oldest: now },
        { kind: 'webpush', due: 1, later: 0, oldest: now },
      ])
      await store.claimPushes('fcm', 1, now, now + 60_000)
      expect((await store.queueCounts(now)).push).toMatchObject([{ kind: 'fcm', due: 1, later: 1 }, { due: 1 }])
      expect((await store.queueCounts(now - 1)).push).toMatchObject([{ due: 0, later: 2, oldest: null }, { due: 0 }])
    })

    it('counts uploads in progress, their bytes, and files to remove', async () => {
      const caps = { bytes: 1_000, uploads: 10 }
      for (const id of ['one', 'two', 'whole', 'gone']) {
        const file = { id, userId: 'alice', size: 100, received: 0, parts: null, hash: null }
        await store.beginMedia({ ...file, createdAt: now, namedAt: null }, caps)
      }
      await store.advanceMedia('one', 0, 30, null)
      await store.advanceMedia('two', 0, 40, null)
      await store.advanceMedia('whole', 0, 100, null)
      await store.finishMedia('whole', 'hash')
      await store.retireMedia('gone', 0)
      expect((await store.queueCounts(now)).files).toEqual({ uploads: 2, receivedBytes: 70, toRemove: 1 })
    })

    it('counts reports that are open and that somebody works on', async () => {
      for (const reportId of ['1', '2', '3'])
        await store.putReport({
          ...{ reportId, reporterId: 'alice', kind: 'user', userId: 'mallory', conversationId: null, reason: 'spam' },
          ...{ note: null, messages: [], createdAt: now, status: 'open', handledBy: null, outcome: null },
        })
      const act = { id: 'act', act: 'claim_report', at: now, actor: null } as const
      await store.changeReport('2', { status: 'claimed', handledBy: 'ada', outcome: null }, act)
      expect((await store.queueCounts(now)).reports).toEqual({ open: 2, claimed: 1 })
    })
  })
}
