import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { DueWake, OwedMessage, PushKind, PushRegistration } from '../../../src/ports/identity/push-records.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const lease = now + 60_000

const registration = (userId: string, deviceId: string, changes: Partial<PushRegistration> = {}): PushRegistration => ({
  ...{ userId, deviceId, kind: 'fcm', target: `sealed ${userId}`, hash: `hash of ${userId}/${deviceId}`, at: now },
  ...changes,
})
const message = (userId: string, seq = 1, conversationId = 'c'): OwedMessage => ({
  userId,
  conversationId,
  seq,
  at: now,
})
const noticeFor = (userId: string) => ({
  id: `notice-${userId}-${Math.random()}`,
  userId,
  command: { type: 'EraseUser' as const, actor: null, at: now },
})

/** What every account store guarantees about devices that have to be woken. */
export const pushContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the store of push targets`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      for (const userId of ['alice', 'bob']) {
        await store.create(localAccount(userId))
        await store.provision(['phone', 'laptop'].map((deviceId) => ({ userId, deviceId, at: now })))
      }
    })
    afterEach(() => opened.remove())

    const claim = (kind: PushKind = 'fcm', at = now, from = store) => from.claimPushes(kind, 100, at, at + 60_000)
    const who = (wakes: readonly DueWake[]) => wakes.map(({ userId, deviceId }) => `${userId}/${deviceId}`).sort()
    const owe = (userId: string, seq = 1, dueAt = now) => store.owePushes([message(userId, seq)], dueAt, false)

    it('keeps one target for each device, and none for a missing device', async () => {
      expect(await store.registerPush(registration('alice', 'phone'))).toBe(true)
      expect(await store.registerPush(registration('alice', 'phone', { hash: 'new', target: 'newer' }))).toBe(true)
      expect(await store.registerPush(registration('alice', 'tablet'))).toBe(false)
      await owe('alice')
      expect(await claim()).toMatchObject([{ userId: 'alice', deviceId: 'phone', target: 'newer', hash: 'new' }])
    })

    it('gives a target to the device that registered it last', async () => {
      await store.registerPush(registration('alice', 'phone', { hash: 'same' }))
      await store.registerPush(registration('bob', 'phone', { hash: 'same' }))
      await store.owePushes([message('alice'), message('bob')], now, false)
      expect(who(await claim())).toEqual(['bob/phone'])
    })

    it.each([
      ['the device is revoked', (one: AccountStore) => one.revokeDevice('alice', 'phone', now, noticeFor('alice'))],
      ['the user is erased', (one: AccountStore) => one.erase('alice', now, noticeFor('alice'))],
      ['the device says so', (one: AccountStore) => one.unregisterPush('alice', 'phone')],
      ['it has grown old', (one: AccountStore) => one.purgePushTargets(now + 1)],
    ])('forgets a target when %s', async (_when, end) => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      await end(store)
      expect(await claim()).toEqual([])
      await store.purgePushTargets(0)
      expect(await store.waitingPushes(['alice'])).toEqual([])
    })

    it('keeps a target that was registered again before it expired', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await store.registerPush(registration('alice', 'phone', { at: now + 10 }))
      expect(await store.purgePushTargets(now + 10)).toBe(0)
      expect(await store.purgePushTargets(now + 11)).toBe(1)
    })

    it('gives each wake-up to one of many processes, and again when the claim has expired', async () => {
      for (const userId of ['alice', 'bob'])
        for (const deviceId of ['phone', 'laptop']) await store.registerPush(registration(userId, deviceId))
      await store.owePushes([message('alice'), message('bob')], now, false)
      const other = await opened.another()
      const all = await Promise.all([store, other, store, other].map((one) => claim('fcm', now, one)))
      expect(who(all.flat())).toEqual(['alice/laptop', 'alice/phone', 'bob/laptop', 'bob/phone'])
      expect(await claim('fcm', lease - 1)).toEqual([])
      expect(await claim('fcm', lease)).toHaveLength(4)
      await other.close()
    })

    it('still owes what was added while a process held the claim', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice', 1)
      const [wake] = await claim()
      if (wake === undefined) throw new Error('nothing was due')
      await owe('alice', 2)
      await store.settlePushes([{ wake, kind: 'done' }])
      const [again] = await claim()
      expect(again).toMatchObject({ owed: 2 })
      expect(await store.waitingPushes(['alice'])).toEqual([message('alice', 2)])
      if (again !== undefined) await store.settlePushes([{ wake: again, kind: 'done' }])
      expect([await claim(), await store.waitingPushes(['alice'])]).toEqual([[], []])
    })

    it('wakes no device before its quiet time ends, and then even if nothing was settled', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      const [held] = await store.beginPushes(await claim(), now + 90_000, lease)
      expect(held).toMatchObject({ heldUntil: now + 90_000, quietUntil: 0 })
      await owe('alice', 2)
      expect(await claim('fcm', now + 89_999)).toEqual([])
      expect(who(await claim('fcm', now + 90_000))).toEqual(['alice/phone'])
    })

    it('makes a device due at the end of its quiet time when a message follows a wake-up', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      const [wake] = await store.beginPushes(await claim(), now + 90_000, lease)
      if (wake !== undefined) await store.settlePushes([{ wake, kind: 'done' }])
      await owe('alice', 2, now + 1)
      expect(await store.pushBacklog(now + 89_999)).toEqual({ due: 0, oldest: null })
      expect(await store.pushBacklog(now + 90_000)).toEqual({ due: 1, oldest: now + 90_000 })
    })

    it('ignores the settlement of a process whose claim has expired', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      const late = await claim()
      const [wake] = await claim('fcm', lease)
      expect(await store.beginPushes(late, lease + 1, lease + 1)).toEqual([])
      await store.settlePushes(late.map((one) => ({ wake: one, kind: 'gone' })))
      await store.settlePushes(late.map((one) => ({ wake: one, kind: 'done' })))
      if (wake !== undefined)
        await store.settlePushes([{ wake, kind: 'later', at: lease + 5, quietUntil: 0, tries: 3 }])
      expect(await claim('fcm', lease + 4)).toEqual([])
      expect(await claim('fcm', lease + 5)).toMatchObject([{ userId: 'alice', tries: 3 }])
    })

    it('keeps the failures of a target that is registered again, and forgets them with a new target', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      const [wake] = await claim()
      if (wake !== undefined) await store.settlePushes([{ wake, kind: 'later', at: now, quietUntil: 0, tries: 3 }])
      await store.registerPush(registration('alice', 'phone'))
      expect(await claim('fcm', lease)).toMatchObject([{ tries: 3 }])
      await store.registerPush(registration('alice', 'phone', { hash: 'fresh' }))
      expect(await claim('fcm', lease + lease)).toMatchObject([{ tries: 0 }])
    })

    it('deletes a dead target, but not one that was registered in the meantime', async () => {
      await store.registerPush(registration('alice', 'phone'))
      await owe('alice')
      const [wake] = await claim()
      await store.registerPush(registration('alice', 'phone', { hash: 'fresh' }))
      if (wake !== undefined) await store.settlePushes([{ wake, kind: 'gone' }])
      expect(await claim('fcm', lease)).toMatchObject([{ hash: 'fresh' }])
    })

    it("leaves active users without a target to the operator's own service", async () => {
      await store.registerPush(registration('alice', 'phone'))
      await store.owePushes([message('alice'), message('bob'), message('nobody')], now, true)
      expect(who(await claim('webhook'))).toEqual(['bob/'])
      expect(who(await claim('fcm'))).toEqual(['alice/phone'])
      await store.registerPush(registration('bob', 'laptop'))
      await store.owePushes([message('bob', 2)], now, true)
      expect([await claim('webhook', lease), who(await claim('fcm', now))]).toEqual([[], ['bob/laptop']])
    })

    it('keeps the newest message of each conversation of many users, however many come at once', async () => {
      await store.registerPush(registration('alice', 'phone'))
      const many = Array.from({ length: 1200 }, (_, index) => message('alice', index + 1, `c-${index % 600}`))
      await store.owePushes([...many, ...many.toReversed()], now, false)
      const waiting = await store.waitingPushes(['alice'])
      expect([waiting.length, Math.min(...waiting.map(({ seq }) => seq))]).toEqual([600, 601])
    })

    it('stays correct when several processes owe and settle the same devices at once', async () => {
      const users = Array.from({ length: 20 }, (_, index) => `user-${index}`)
      for (const userId of users) {
        await store.create(localAccount(userId))
        await store.provision([{ userId, deviceId: 'phone', at: now }])
        await store.registerPush(registration(userId, 'phone'))
      }
      const other = await opened.another()
      const side = async (one: AccountStore, order: readonly string[]) => {
        for (let round = 0; round < 5; round += 1) {
          await one.owePushes(
            order.map((userId) => message(userId, round + 1)),
            now,
            false,
          )
          const wakes = await one.claimPushes('fcm', 100, now, lease + round)
          await one.settlePushes(wakes.map((wake) => ({ wake, kind: 'done' })))
        }
      }
      await Promise.all([side(store, users), side(other, users.toReversed())])
      const left = await claim()
      await store.settlePushes(left.map((wake) => ({ wake, kind: 'done' })))
      expect([await claim('fcm', lease * 2), await store.waitingPushes(users)]).toEqual([[], []])
      await other.close()
    })

    it('stores the quiet hours of a user', async () => {
      const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
      expect(await store.pushPreferences('alice')).toEqual({ quietHours: null })
      await store.savePushPreferences('alice', { quietHours })
      expect(await store.pushPreferences('alice')).toEqual({ quietHours })
      await store.savePushPreferences('alice', { quietHours: null })
      expect(await store.pushPreferences('alice')).toEqual({ quietHours: null })
    })
  })
}
