import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFanOut } from '../../../../src/projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../../../../src/projections/fan-out/load-roster.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

const now = async () => side.sync.checkpoint([await side.log.head()])
const place = (text: string): string => {
  const { stream, revision } = JSON.parse(text)
  return `${stream.id.slice(-1)}@${revision}`
}
/** Page after page, as a client without a cursor reads. */
const synced = async (user: string, since: string, limit: number) => {
  const found: string[] = []
  const checkpoints = [since]
  for (let more = true; more; ) {
    const page = await side.sync.page(user, checkpoints.at(-1) ?? '', limit)
    found.push(...textsOf(page).map(place))
    checkpoints.push(page.checkpoint)
    more = page.more
  }
  return { found, checkpoint: checkpoints.at(-1) ?? '' }
}

test('P4: what was accepted after a checkpoint comes from its beginning, before all else, however it is paged', async () => {
  const [asked, other] = [openConversation(side.log, 1), openConversation(side.log, 2)]
  await other.start('ann', ['bob'])
  await asked.start('ann', ['bob'], 'group', ['bob'])
  for (let n = 0; n < 5; n += 1) await asked.send('ann', 'AAAA')
  await other.send('ann', 'AAAA')
  const since = await now()
  await other.send('ann', 'AAAA')
  await asked.accept('bob')
  await asked.send('ann', 'AAAA')
  const expected = ['1@0', '1@1', '1@2', '1@3', '1@4', '1@5', '2@2', '1@6', '1@7']
  for (const limit of [1, 2, 4, 100]) {
    const { found, checkpoint } = await synced('bob', since, limit)
    expect(found).toEqual(expected)
    expect((await synced('bob', checkpoint, limit)).found).toEqual([])
  }
})

test('before it is accepted nothing comes of it, and after a decline neither', async () => {
  const group = openConversation(side.log, 1)
  const since = await now()
  await group.start('ann', ['bob'], 'group', ['bob'])
  await group.send('ann', 'AAAA')
  expect((await synced('bob', since, 10)).found).toEqual([])
  expect((await side.snapshot('bob', { limit: 10 })).conversations).toEqual([])
  await group.leave('bob')
  expect((await synced('bob', since, 10)).found).toEqual([])
})

test('P4: who is asked to come back still hears how the time before ended, whatever the answer', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const since = await now()
  await group.send('ann', 'AAAA')
  await group.remove('ann', 'bob')
  await group.send('ann', 'AAAA')
  await group.add('ann', ['bob'], ['bob'])
  expect((await synced('bob', since, 10)).found).toEqual(['1@1', '1@2'])
  const waiting = await now()
  await group.leave('bob')
  expect((await synced('bob', since, 10)).found).toEqual(['1@1', '1@2'])
  await group.add('ann', ['bob'], ['bob'])
  await group.accept('bob')
  expect((await synced('bob', since, 10)).found).toEqual(['1@1', '1@2', '1@6', '1@7'])
  expect((await synced('bob', waiting, 10)).found).toEqual(['1@6', '1@7'])
})

test('C3: beyond 200 events from before the checkpoint it is snapshot_required, and the snapshot has all of it', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'], 'group', ['bob'])
  for (let n = 0; n < 199; n += 1) await group.send('ann', 'AAAA')
  const since = await now()
  await group.accept('bob')
  expect(await refusal(side.sync.resume('bob', since))).toBe('snapshot_required')
  const { conversations, checkpoint } = await side.snapshot('bob', { limit: 10 })
  expect(conversations).toMatchObject([{ revision: 200 }])
  expect((await synced('bob', checkpoint, 10)).found).toEqual([])
})

test('live, and whatever of the roster is at hand, it reaches who is invited from the acceptance on', async () => {
  const group = openConversation(side.log, 1)
  const heard: string[] = []
  const sink = {
    events: (deltas: readonly { audience: readonly string[]; events: readonly { revision: number }[] }[]) => {
      for (const { audience, events } of deltas)
        if (audience.includes('bob')) heard.push(...events.map(({ revision }) => String(revision)))
    },
    receipts: () => {},
  }
  const open = async () =>
    createFanOut({
      log: side.log,
      loadRosterAt: createLoadRosterAt(side),
      sink,
      from: await side.log.head(),
      maxRosters: 8,
    })
  const caughtUp = async (fanOut: Awaited<ReturnType<typeof open>>) => {
    const head = await side.log.head()
    while (fanOut.dispatched() < head) await new Promise((resolve) => setTimeout(resolve, 5))
    await fanOut.close()
  }
  const begun = await open()
  await group.start('ann', ['bob'], 'group', ['bob'])
  await group.send('ann', 'AAAA')
  await caughtUp(begun)
  // Each one loads the roster from the view.
  for (const step of [() => group.send('ann', 'AAAA'), () => group.accept('bob'), () => group.send('ann', 'AAAA')]) {
    await side.settled()
    const fanOut = await open()
    await step()
    await caughtUp(fanOut)
  }
  expect(heard).toEqual(['3', '4'])
})
