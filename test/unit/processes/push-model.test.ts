import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountsDatabase } from '../../../src/adapters/sql/database/accounts-database.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { deadAfterMs, type Fate, openPushWorld, type PushWorld, quietMs } from '../../support/push/push-world.ts'

let directory: string
let store: AccountsDatabase
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-push-model-'))
  store = await openAccountsFile({ directory })
})
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true })
})

let worlds = 0
const open = () => {
  worlds += 1
  return openPushWorld(store, `w${worlds}`)
}
const wokenOf = (world: PushWorld, userId = world.users[0]) =>
  world.sentAt
    .filter((one) => one.userId === userId)
    .map(({ token, at }) => `${token.split('/')[1]} ${at - world.begun}`)
const ann = ({ users }: PushWorld) => users[0] ?? ''

describe('Devices of a user who is away', () => {
  test('are each woken once for all messages within the quiet time, and once more after it', async () => {
    const world = await open()
    for (let n = 0; n < 5; n += 1) {
      await world.write(ann(world))
      await world.round()
      world.pass(1_000)
    }
    expect(wokenOf(world).toSorted()).toEqual(['laptop 0', 'phone 0'])
    await world.settle(60_000)
    expect(wokenOf(world)).toHaveLength(4)
    await world.settle(300_000)
    expect(wokenOf(world)).toHaveLength(4)
  })

  test('are not woken for messages that another device of the user has confirmed', async () => {
    const world = await open()
    await world.write(ann(world))
    world.acknowledge(ann(world))
    await world.settle(120_000)
    await world.write(ann(world))
    await world.round()
    await world.write(ann(world))
    world.acknowledge(ann(world))
    await world.settle(120_000)
    expect(wokenOf(world)).toHaveLength(2)
  })

  test('are not woken by a sender whom the user has blocked', async () => {
    const world = await open()
    world.block(ann(world), 'mallory')
    await world.write(ann(world), 'mallory')
    await world.settle(120_000)
    expect(world.sentAt).toEqual([])
    await world.write(ann(world), 'carol')
    await world.settle(120_000)
    expect(wokenOf(world)).toHaveLength(2)
  })

  test('are woken when their connection turns out to be dead, but not while it is alive', async () => {
    const world = await open()
    const [first = '', second = ''] = world.users
    for (const userId of [first, second]) {
      world.connect(userId)
      await world.write(userId)
    }
    await world.settle(deadAfterMs - 5_000)
    world.disconnect(first)
    await world.settle(deadAfterMs * 2)
    expect([wokenOf(world, first).length, wokenOf(world, second).length]).toEqual([2, 0])
  })

  test('are not woken in quiet hours, but at their end', async () => {
    const world = await open()
    const begun = world.now()
    const clock = (ms: number) => new Date(begun + ms).toISOString().slice(11, 16)
    const quietHours = { from: clock(-3_600_000), to: clock(3_600_000), timeZone: 'UTC' }
    await store.savePushPreferences(ann(world), { quietHours })
    await world.write(ann(world))
    await world.settle(3_500_000)
    expect(wokenOf(world)).toEqual([])
    await world.settle(200_000)
    expect(wokenOf(world)).toHaveLength(2)
  })

  test('are not woken after they are revoked or their user is deactivated', async () => {
    const world = await open()
    const [first = '', second = ''] = world.users
    const notice = {
      id: `${first}-gone`,
      userId: first,
      command: { type: 'DeactivateUser' as const, actor: null, at: 1 },
    }
    for (const userId of world.users) await world.write(userId)
    await store.change(first, { status: 'deactivated' }, notice)
    await store.revokeDevice(second, 'phone', 1, { ...notice, id: `${second}-gone`, userId: second })
    await world.settle(120_000)
    expect([wokenOf(world, first), wokenOf(world, second)]).toEqual([[], [expect.stringMatching('laptop')]])
  })

  test('lose a dead target, and are woken again after they register another', async () => {
    const world = await open()
    world.fate('gone')
    await world.write(ann(world))
    await world.settle(60_000)
    world.fate('sent')
    await world.write(ann(world))
    await world.settle(120_000)
    expect(wokenOf(world)).toEqual([])
    await world.register(ann(world), 'phone')
    await world.write(ann(world))
    await world.settle(120_000)
    expect(wokenOf(world)).toHaveLength(1)
  })

  test('are tried again at growing intervals when the service refuses, and given up in the end', async () => {
    const world = await open()
    world.fate('refused')
    await world.write(ann(world))
    await world.settle(6 * 3_600_000, 60_000)
    world.fate('sent')
    await world.settle(3_600_000)
    expect(wokenOf(world)).toEqual([])
    await world.write(ann(world))
    await world.settle(60_000)
    expect(wokenOf(world)).toHaveLength(2)
  })
})

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      user: fc.nat(1),
      again: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('round' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('acknowledge' as const, 'connect' as const, 'disconnect' as const),
      user: fc.nat(1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 10_000, 31_000, 130_000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('fate' as const),
      fate: fc.constantFrom<Fate>(
        'sent',
        'refused',
        'unsure, taken',
        'unsure, not taken',
        'dies, taken',
        'dies, not taken',
      ),
    }),
  },
)

/** Messages by user, with their arrival times. */
type Written = { readonly userId: string; readonly seq: number; readonly at: number }[]

const play = async (
  world: PushWorld,
  written: Written,
  one: typeof step extends fc.Arbitrary<infer Value> ? Value : never,
) => {
  const userOf = (index: number) => world.users[index] ?? ''
  switch (one.kind) {
    case 'write':
      await world.write(userOf(one.user), 'carol', one.again)
      written.push({ userId: userOf(one.user), seq: world.seq(), at: world.now() })
      return
    case 'round':
      await Promise.all([world.round(), world.round()])
      return
    case 'pass':
      return world.pass(one.ms)
    case 'fate':
      return world.fate(one.fate)
    default:
      world[one.kind](userOf(one.user))
  }
}

const gapsOf = (world: PushWorld): readonly number[] =>
  [...Map.groupBy(world.sentAt, ({ token }) => token).values()].flatMap((pushes) =>
    pushes.slice(1).map(({ at }, index) => at - (pushes[index]?.at ?? 0)),
  )

test('despite failures and crashes, no device is woken twice in its quiet time, and none is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const world = await open()
      const written: Written = []
      for (const one of steps) await play(world, written, one)
      world.fate('sent')
      for (const userId of world.users) world.disconnect(userId)
      await world.settle(4 * 3_600_000, 60_000)
      expect(gapsOf(world).filter((gap) => gap < quietMs)).toEqual([])
      for (const userId of world.users) {
        const newest = written.find((each) => each === world.newestUnacknowledged(userId, written))
        if (newest === undefined) continue
        const after = world.sentAt.filter((each) => each.userId === userId && each.at >= newest.at)
        expect(new Set(after.map(({ token }) => token)).size).toBe(2)
      }
    }),
    { numRuns: 40, seed: 20_261_130 },
  )
}, 120_000)
