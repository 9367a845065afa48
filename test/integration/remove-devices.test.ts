import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeUserEvent } from '../../src/codec/user-codec.ts'
import type { UserEvent } from '../../src/domain/user/events.ts'
import { createViews } from '../../src/projections/queries/views.ts'
import { createCaughtUp } from '../../src/roles/caught-up.ts'
import { createRemoveDevices } from '../../src/roles/remove-devices.ts'
import { appendAtEnd } from '../support/append-at-end.ts'
import { actor, harness } from '../support/commands-harness.ts'
import { beginningOf } from '../support/group-beginning.ts'
import { idOf, openReadSide, type ReadSide } from '../support/read-side.ts'

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
