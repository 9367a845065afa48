import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdminAct } from '../../../src/domain/audit/admin-acts.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { Report } from '../../../src/ports/identity/reports.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const report = (reportId: string, changes: Partial<Report> = {}): Report => ({
  ...{ reportId, reporterId: 'alice', kind: 'messages', userId: 'mallory', conversationId: 'c', reason: 'spam' },
  note: 'Zoë says: "again"\n',
  messages: [
    { messageId: 'm', revision: 3, text: 'buy this 💊', senderId: 'mallory', sentAt: 5, sameCiphertext: true },
  ],
  ...{ createdAt: now, status: 'open', handledBy: null, outcome: null },
  ...changes,
})
const act = (id: string): AdminAct => ({ id, act: 'claim_report', at: now, actor: null })
const told = (userId: string) => ({ id: userId, userId, command: { type: 'EraseUser', actor: null, at: now } as const })

/** What every account store guarantees about reports and feedback. */
export const reportsContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the store of reports`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    const idsOf = async (status: Report['status'] = 'open') =>
      (await store.reports(status, undefined, 10)).map(({ reportId }) => reportId)
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      for (const userId of ['alice', 'mallory']) await store.create(localAccount(userId))
    })
    afterEach(() => opened.remove())

    it('stores a report unchanged and once, and reserves its id', async () => {
      expect(await store.putReport(report('1'))).toBe('put')
      expect(await store.putReport(report('1', { note: 'another' }))).toBe('repeated')
      expect(await store.putReport(report('1', { reporterId: 'bob' }))).toBe('taken')
      expect(await store.report('1')).toEqual(report('1'))
      expect(await store.report('2')).toBeUndefined()
    })

    it('lists reports by status, oldest first, page by page', async () => {
      for (const [id, createdAt] of [
        ['c', now],
        ['a', now + 1],
        ['b', now],
      ] as const)
        await store.putReport(report(id, { createdAt }))
      expect(await idsOf()).toEqual(['b', 'c', 'a'])
      const rest = await store.reports('open', { createdAt: now, reportId: 'b' }, 1)
      expect(rest.map(({ reportId }) => reportId)).toEqual(['c'])
      await store.changeReport('c', { status: 'claimed', handledBy: 'ada', outcome: null }, act('1'))
      expect([await idsOf(), await idsOf('claimed')]).toEqual([['b', 'a'], ['c']])
    })

    it('stores an act with each change, and none if there is no report', async () => {
      await store.putReport(report('1'))
      const change = { status: 'resolved', handledBy: 'ada', outcome: 'warned' } as const
      expect(await store.changeReport('1', change, act('1'))).toBe(true)
      expect(await store.changeReport('2', change, act('2'))).toBe(false)
      expect((await store.acts(10)).map(({ id }) => id)).toEqual(['1'])
      expect(await store.report('1')).toMatchObject(change)
    })

    it('deletes the reports and feedback of an erased user, and reports about that user', async () => {
      await store.putReport(report('1'))
      await store.putReport(report('2', { reporterId: 'bob', userId: 'alice' }))
      await store.putReport(report('3', { reporterId: 'bob' }))
      for (const userId of ['alice', 'bob'])
        await store.putFeedback({ feedbackId: `f-${userId}`, userId, text: 'good', createdAt: now })
      await store.erase('alice', now, told('alice'))
      expect(await idsOf()).toEqual(['3'])
      expect((await store.feedback(undefined, 10)).map(({ userId }) => userId)).toEqual(['bob'])
      await store.erase('mallory', now, told('mallory'))
      expect(await idsOf()).toEqual([])
    })

    it('stores feedback once, and lists it oldest first, page by page', async () => {
      for (const [feedbackId, createdAt] of [
        ['b', now + 1],
        ['c', now],
        ['b', now + 9],
      ] as const)
        await store.putFeedback({ feedbackId, userId: 'alice', text: feedbackId, createdAt })
      const all = await store.feedback(undefined, 10)
      expect(all.map(({ feedbackId, createdAt }) => [feedbackId, createdAt])).toEqual([
        ['c', now],
        ['b', now + 1],
      ])
      expect(await store.feedback({ createdAt: now, reportId: 'c' }, 10)).toEqual(all.slice(1))
    })

    it('deletes what is older than the retention', async () => {
      for (const createdAt of [now, now + 1]) {
        await store.putReport(report(`r-${createdAt}`, { createdAt }))
        await store.putFeedback({ feedbackId: `f-${createdAt}`, userId: 'alice', text: 'good', createdAt })
      }
      await store.purgeReports(now + 1)
      expect(await idsOf()).toEqual([`r-${now + 1}`])
      expect(await store.feedback(undefined, 10)).toHaveLength(1)
    })
  })
}
