import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { encodeUserEvent } from '../../../src/codec/user-codec.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import type { UserEvent } from '../../../src/domain/user/user-events.ts'
import { createRemoveDevices } from '../../../src/processes/reactions/remove-devices.ts'
import { createCaughtUp } from '../../../src/processes/reactions/wait-for-views.ts'
import { createViews } from '../../../src/projections/reading/view-reader.ts'
import { readParked } from '../../../src/projections/runner/runner-meta.ts'
import { actor, harness } from '../../support/commands/harness.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { beginningOf } from '../../support/groups/beginning.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { idOf, openReadSide, type ReadSide } from '../../support/projections/read-side.ts'

const [phone, tablet, bob] = [actor('zoe'), actor('zoe', 'tablet'), actor('bob')]

let side: ReadSide
let world: ReturnType<typeof harness>
beforeEach(async () => {
  world = harness()
  side = await openReadSide({ log: world.log })
})
afterEach(async () => {
  await world.commands.close()
  await side.close()
})

const encrypted = async (n: number, others: readonly ReturnType<typeof actor>[]) => {
  const { group, body } = await beginningOf(idOf(n), bob, others)
  const members = [...new Set(others.map(({ userId }) => userId))]
  const numbers = { actor: bob, clientSeq: 1, afterClientSeq: 0 }
  await world.commands.execute(idOf(n), { type: 'StartGroup', ...numbers, members, group }, body)
}

let gone: readonly string[]
beforeEach(() => {
  gone = []
})

const reaction = () =>
  createRemoveDevices({
    ...side,
    parkedStreams: async () => [...(await readParked(side.documents, 'live')).keys()],
    commands: world.commands,
    views: createViews(side),
    caughtUp: createCaughtUp(side.log, side.watermark),
    isGone: async (userId, deviceId) => gone.includes(`${userId}/${deviceId}`),
  })

/** Tells it in zoe's stream and lets the process react to it, twice: it must bear that. */
const happens = async (event: Pick<UserEvent, 'type' | 'data'>) => {
  const full = { ...event, at: 1, actor: phone } as UserEvent
  await appendAtEnd(world.log, 'user-zoe', [encodeUserEvent(full, event.type)])
  const { react } = reaction()
  const [told] = await world.log.readStream({ stream: 'user-zoe', limit: 1 })
  if (told === undefined) throw new Error('nothing was told')
  for (let times = 0; times < 2; times += 1) await react(told)?.()
}

const asked = async () => {
  const events = await world.log.readAll(0n, 1000)
  return events
    .filter(({ type }) => type === 'DeviceRemovalAsked')
    .map(({ stream, data }) => [stream, JSON.parse(data)])
}

test('[E5] a revoked device is asked out of every group that it is in, once', async () => {
  await encrypted(1, [phone, tablet])
  await encrypted(2, [tablet])
  await encrypted(3, [phone])
  await happens({ type: 'DeviceRevoked', data: { deviceId: tablet.deviceId } })
  expect(await asked()).toEqual([1, 2].map((n) => [`conversation-${idOf(n)}`, { ...tablet }]))
})

test('[E5] all devices of a user who is deactivated or erased are, and nobody else’s', async () => {
  await encrypted(1, [phone, tablet])
  await happens({ type: 'UserDeactivated', data: {} })
  expect((await asked()).map(([, device]) => device)).toEqual([phone, tablet])
})

test('a device that is added needs nothing', async () => {
  await encrypted(1, [phone])
  await happens({ type: 'DeviceNamed', data: { deviceId: phone.deviceId } })
  expect(await asked()).toEqual([])
})

test('[E5] a device that is added while it is revoked is asked out again', async () => {
  gone = ['zoe/tablet']
  await encrypted(1, [phone, tablet])
  const events = await world.log.readStream({ stream: `conversation-${idOf(1)}`, limit: 10 })
  for (const event of events) await reaction().react(event)?.()
  expect(await asked()).toEqual([[`conversation-${idOf(1)}`, { ...tablet }]])
})

/** An event of this conversation cannot be folded by the views, and afterwards zoe's tablet comes in. */
const encryptedWhileStanding = async (n: number) => {
  const fake = createFakeGroup(idOf(n))
  const prepareCommit = createPrepareCommit({ blobs: createMemoryBlobs() })
  const begun = await prepareCommit(idOf(n), fake.begin(bob, []))
  const start = { type: 'StartGroup' as const, actor: bob, clientSeq: 1, afterClientSeq: 0, members: [] }
  const group = { addDevices: [], commit: begun.commit }
  await world.commands.execute(idOf(n), { ...start, group }, begun.body)
  const trouble = { id: 'trouble', type: 'MessageEdited', version: 1, at: 1, userId: 'bob', deviceId: 'phone' }
  await appendAtEnd(world.log, `conversation-${idOf(n)}`, [{ ...trouble, data: '{}', body: null }])
  const { epoch, ...parts } = fake.commit(bob, { addUsers: ['zoe'], add: [tablet] })
  const { commit, body } = await prepareCommit(idOf(n), parts)
  const change = { addUsers: [tablet.userId], addDevices: [tablet], removeDevices: [] }
  const numbers = { actor: bob, clientSeq: 2, afterClientSeq: 1 }
  await world.commands.execute(idOf(n), { type: 'CommitGroup', ...numbers, epoch, change, commit }, body)
  await side.settled()
  expect([...(await readParked(side.documents, 'live')).keys()]).toEqual([`conversation-${idOf(n)}`])
}

test('[E5] a revoked device is asked out also where the views stand still and do not know of it', async () => {
  await encryptedWhileStanding(1)
  await encrypted(2, [tablet])
  await happens({ type: 'DeviceRevoked', data: { deviceId: tablet.deviceId } })
  expect(await asked()).toEqual([2, 1].map((n) => [`conversation-${idOf(n)}`, { ...tablet }]))
})
