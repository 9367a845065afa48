import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OwnKeyPackage } from '../../../../packages/client/src/mls/commits/key-packages.ts'
import { createDeliveryService } from '../../../support/e2ee/delivery.ts'
import { claimFrom, type TestDevice, testDevice } from '../../../support/e2ee/device.ts'
import { createWalker, type Walker } from '../../../support/e2ee/walker.ts'
import { text } from '../../../support/e2ee/world.ts'
import { epochAuthenticatorOf, exportedSecret } from '../../../support/mls/secrets.ts'

const groupId = 'walk'
let devices: readonly TestDevice[] = []
beforeAll(async () => {
  const ofUser = async (user: string) => {
    const first = await testDevice(user, '1')
    return [first, await testDevice(user, '2', first.identity), await testDevice(user, '3', first.identity)]
  }
  devices = (await Promise.all(['ann', 'ben', 'cleo'].map(ofUser))).flat()
})

const actions = [
  'add',
  'add',
  'remove',
  'update',
  'submit',
  'submit',
  'say',
  'say',
  'sync',
  'lose',
  'rejoin',
  'rejoin',
  'restart',
] as const
const step = fc.record({ action: fc.constantFrom(...actions), who: fc.nat(8), whom: fc.nat(8), much: fc.nat(5) })
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const createWalk = async () => {
  const [first] = devices
  if (first === undefined) throw new Error('No devices')
  const start = await first.engine.createGroup(groupId, first.device)
  const server = createDeliveryService(await first.engine.groupInfo(start))
  const walkers = devices.map((who) => createWalker(who, groupId, server))
  walkers[0]?.enter(start, 0)
  const claims = new Map<string, OwnKeyPackage[]>()
  let said = 0

  const members = (walker: Walker) => {
    const state = walker.state()
    return state === undefined ? [] : walker.who.engine.members(state)
  }
  const names = (walker: Walker) => members(walker).map(({ userId, deviceId }) => `${userId}/${deviceId}`)

  const add = async (walker: Walker, whom: Walker): Promise<void> => {
    if (walker.state() === undefined || names(walker).includes(whom.name)) return
    const { own, claimed } = await claimFrom(whom.who)
    claims.set(whom.name, [...(claims.get(whom.name) ?? []), own])
    await walker.prepare((now) => walker.who.engine.commitAdd(now, [claimed]))
  }
  const remove = async (walker: Walker, whom: Walker): Promise<void> => {
    const leaf = members(walker).find(({ userId, deviceId }) => `${userId}/${deviceId}` === whom.name)?.leaf
    if (whom === walker || leaf === undefined) return
    await walker.prepare((now) => walker.who.engine.commitRemove(now, [leaf]))
  }
  const submit = async (walker: Walker): Promise<void> => {
    const pending = walker.pending()
    if (pending === undefined || !walker.submit()) return
    for (const { userId, deviceId } of pending.added) {
      const own = claims.get(`${userId}/${deviceId}`)
      const newcomer = walkers.find(({ name }) => name === `${userId}/${deviceId}`)
      if (pending.welcome !== undefined && own !== undefined) await newcomer?.join(pending.welcome, own)
    }
  }
  const say = (walker: Walker, many: number): Promise<void> => {
    const texts = Array.from({ length: many + 1 }, () => `${walker.name} ${++said}`)
    return walker.say(texts, (messages) => [...messages.slice(many % 3), ...messages.slice(0, many % 3)].reverse())
  }
  /** Back from outside, if a device of the user is still in the tree; the one that knows is any device that is in sync. */
  const rejoin = async (walker: Walker): Promise<void> => {
    if (walker.state() !== undefined) return
    await Promise.all(walkers.map((each) => each.sync()))
    const witness = walkers.find((each) => each.state() !== undefined)
    const user = walker.name.split('/')[0]
    if (witness !== undefined && members(witness).some(({ userId }) => userId === user)) await walker.rejoin()
  }
  const lose = (walker: Walker): void => {
    if (walkers.filter((each) => each.state() !== undefined).length > 2) walker.lose()
  }

  const prepare = async (action: 'add' | 'remove' | 'update', walker: Walker, other: Walker): Promise<void> => {
    if (action === 'add') await add(walker, other)
    else if (action === 'remove') await remove(walker, other)
    else await walker.prepare((now) => walker.who.engine.emptyCommit(now))
  }

  const apply = async ({ action, who, whom, much }: Step): Promise<void> => {
    const present = inside(walkers)
    const ready = present.filter((each) => each.pending() !== undefined)
    const [walker, other, one] = [present[who % present.length], walkers[whom], walkers[who]]
    if (walker === undefined || other === undefined || one === undefined) return
    if (action === 'add' || action === 'remove' || action === 'update') {
      if (much > 0) await walker.sync()
      await prepare(action, walker, other)
    } else if (action === 'submit') {
      await submit(ready[who % ready.length] ?? walker)
    } else if (action === 'say') await say(walker, much)
    else if (action === 'sync') await walker.sync(much * 3)
    else if (action === 'lose') lose(walker)
    else if (action === 'rejoin') await rejoin(one)
    else walker.restart()
  }

  /** A group of five, so that conflicts are likely from the start. */
  const begin = async (): Promise<void> => {
    const [first, ...others] = walkers
    for (const other of others.slice(0, 4)) {
      if (first === undefined) return
      await add(first, other)
      await submit(first)
      await first.sync()
    }
  }
  return { walkers, apply, say, names, begin }
}

const agreed = async (walkers: readonly Walker[]): Promise<string[]> => {
  const secrets = walkers.map(async ({ state }) => {
    const now = state()
    if (now === undefined) return ''
    const exported = await exportedSecret(now, 'test', text('context'), 32)
    return Buffer.concat([epochAuthenticatorOf(now), exported]).toString('hex')
  })
  return [...new Set(await Promise.all(secrets))]
}

const inside = (walkers: readonly Walker[]) => walkers.filter(({ state }) => state() !== undefined)

describe('A random walk of devices that add, remove, update, conflict, are lost and come back', () => {
  it('ends with all members agreeing on the secrets, every message read by all who were there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }), async (steps) => {
        const { walkers, apply, say, names, begin } = await createWalk()
        await begin()
        for (const each of steps) await apply(each)
        for (const walker of walkers) await walker.sync()
        for (const walker of inside(walkers)) await say(walker, 0)
        for (const walker of walkers) await walker.sync()
        expect(await agreed(inside(walkers))).toHaveLength(1)
        for (const { read, expected } of walkers) expect(read).toEqual(expected)
        for (const walker of inside(walkers)) expect(names(walker)).toContain(walker.name)
      }),
      { seed: 20261124, numRuns: 25, endOnFailure: true },
    )
  }, 120_000)
})
