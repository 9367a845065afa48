import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSyncService } from '../../../../src/projections/sync/create-sync-service.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

const resume = (user: string, since: bigint) => refusal(side.sync.resume(user, side.sync.checkpoint([since])))

test('C3: a checkpoint beyond the head, of another log or made up is snapshot_required', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  expect(await resume('ann', 1n)).toBe('accepted')
  expect(await resume('ann', 2n)).toBe('snapshot_required')
  const other = createSyncService({ ...side, log: { ...side.log, epoch: 'another' } }).checkpoint([1n])
  for (const text of [other, '', 'x', 'AAAA', '"; drop', '🐚'.repeat(50)]) {
    expect(await refusal(side.sync.resume('ann', text))).toBe('snapshot_required')
    expect(await refusal(side.sync.page('ann', text, 10))).toBe('snapshot_required')
  }
})

test('C3: more than 10,000 events to bring is snapshot_required, 10,000 is not', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  await Promise.all(Array.from({ length: 10_000 }, () => group.send('ann', 'AAAA')))
  expect(await resume('ann', 1n)).toBe('accepted')
  expect(await resume('ann', 0n)).toBe('snapshot_required')
})

test('C3: more than 2,000 conversations that moved is snapshot_required, 2,000 is not', async () => {
  for (let n = 1; n <= 2001; n += 1) await openConversation(side.log, n).start('ann', [])
  expect(await resume('ann', 1n)).toBe('accepted')
  expect(await resume('ann', 0n)).toBe('snapshot_required')
})

test('changes in conversations that the user cannot see do not count', async () => {
  const group = openConversation(side.log, 1)
  await group.start('bob', ['ann'])
  await group.remove('bob', 'ann')
  const since = await side.log.head()
  await Promise.all(Array.from({ length: 10_001 }, () => group.send('bob', 'AAAA')))
  const page = await side.sync.page('ann', side.sync.checkpoint([since]), 10)
  expect(page).toMatchObject({ events: { count: 0 }, receipts: [], more: false })
})

test('views that do not reach the head in time answer behind, with a time to wait', async () => {
  const watermark = { current: () => [0n], reached: async () => false }
  const sync = createSyncService({ ...side, watermark, waitMs: 1 })
  expect(await refusal(sync.resume('ann', sync.checkpoint([0n])))).toBe('behind')
})
