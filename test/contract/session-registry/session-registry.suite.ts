import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionRegistry } from '../../../src/ports/session-registry.ts'

/** One registry of its own. */
export interface RegistryHarness {
  /** The registry as one process sees it. */
  connect(): Promise<SessionRegistry>
  /** The engine forgets everything. */
  lose(): Promise<void>
  pass(ms: number): Promise<void>
  dispose(): Promise<void>
}

const sorted = (found: ReadonlyMap<string, readonly string[]>) =>
  Object.fromEntries([...found].map(([userId, gateways]) => [userId, [...gateways].sort()]))

/** The guarantees of `src/ports/session-registry.ts`, for every adapter. */
export const sessionRegistryContract = (name: string, create: (ttlMs: number) => Promise<RegistryHarness>): void => {
  describe(`${name} as the session registry`, () => {
    let harness: RegistryHarness
    let one: SessionRegistry
    let two: SessionRegistry

    const open = async (ttlMs: number) => {
      harness = await create(ttlMs)
      one = await harness.connect()
      two = await harness.connect()
      for (const gateway of ['g1', 'g2']) await one.begin(gateway)
    }
    beforeEach(() => open(60_000))
    afterEach(() => harness.dispose())

    it('finds every gateway of a user as soon as it has entered, from every process', async () => {
      await one.enter('g1', ['alice', 'bob'])
      await two.enter('g2', ['alice'])
      for (const registry of [one, two])
        expect(sorted(await registry.gatewaysOf(['alice', 'bob', 'carol']))).toEqual({
          alice: ['g1', 'g2'],
          bob: ['g1'],
        })
    })

    it('never answers from what it knew before', async () => {
      for (let round = 0; round < 50; round += 1) {
        await one.enter('g1', ['alice'])
        expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g1'] })
        await one.leave('g1', ['alice'])
        expect(sorted(await two.gatewaysOf(['alice']))).toEqual({})
      }
    })

    it('takes out of a user what leaves, and nothing else', async () => {
      await one.enter('g1', ['alice', 'bob'])
      await one.enter('g2', ['alice'])
      await two.leave('g1', ['alice', 'nobody'])
      await two.leave('g9', ['bob'])
      expect(sorted(await one.gatewaysOf(['alice', 'bob', 'nobody']))).toEqual({ alice: ['g2'], bob: ['g1'] })
    })

    it('leaves out a gateway that has gone, for all its users', async () => {
      await one.enter('g1', ['alice', 'bob'])
      await one.enter('g2', ['alice'])
      await two.gone('g1')
      expect(sorted(await one.gatewaysOf(['alice', 'bob']))).toEqual({ alice: ['g2'] })
      expect(await one.gateways()).toEqual(['g2'])
    })

    it('lists the gateways that live, also those without a user', async () => {
      await harness.lose()
      expect(await one.gateways()).toEqual([])
      await one.begin('g1')
      await two.begin('g2')
      await two.enter('g2', ['alice'])
      await one.begin('g3')
      await one.gone('g3')
      expect([...(await two.gateways())].sort()).toEqual(['g1', 'g2'])
    })

    it('finds nobody at a gateway that has not begun, and then all who entered before', async () => {
      await one.enter('g3', ['alice'])
      expect(await one.alive('g3')).toBe(false)
      expect(sorted(await two.gatewaysOf(['alice']))).toEqual({})
      expect([...(await two.gateways())].sort()).toEqual(['g1', 'g2'])
      await one.begin('g3')
      expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g3'] })
      expect(await one.alive('g3')).toBe(true)
    })

    it('tells a gateway that has gone that it does not live', async () => {
      expect(await one.alive('g1')).toBe(true)
      await two.gone('g1')
      expect(await one.alive('g1')).toBe(false)
      expect(await one.gateways()).toEqual(['g2'])
    })

    it('asks for nobody, or enters nobody, without harm', async () => {
      await one.enter('g1', [])
      await one.leave('g1', [])
      expect(await one.gatewaysOf([])).toEqual(new Map())
      expect([...(await one.gateways())].sort()).toEqual(['g1', 'g2'])
    })

    it('holds ids of any form, and asks for the same user twice', async () => {
      const ids = ['*', 'a:b', 'Zoë 👋', '__proto__', '-inf', '0', ' ', '\\']
      await one.begin('gateway:*')
      await one.enter('gateway:*', ids)
      expect(sorted(await two.gatewaysOf([...ids, ...ids]))).toEqual(
        Object.fromEntries(ids.map((id) => [id, ['gateway:*']])),
      )
    })

    it('takes and finds thousands at once', async () => {
      const users = Array.from({ length: 5_000 }, (_, index) => `user-${index}`)
      await one.enter('g1', users)
      await two.enter('g2', users.slice(2_500))
      const found = await one.gatewaysOf([...users, 'nobody'])
      expect(found.size).toBe(5_000)
      expect(found.get('user-17')).toEqual(['g1'])
      expect([...(found.get('user-4999') ?? [])].sort()).toEqual(['g1', 'g2'])
      await one.leave('g1', users)
      expect((await two.gatewaysOf(users)).size).toBe(2_500)
    })

    it('keeps the order of calls that did not wait for each other', async () => {
      const calls = Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0 ? one.enter('g1', ['alice']) : one.leave('g1', ['alice']),
      )
      await Promise.all([...calls, one.enter('g1', ['alice'])])
      expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g1'] })
    })

    it('does what a plain set of pairs does', async () => {
      const users = ['a', 'b', 'c']
      const step = fc.record({
        act: fc.constantFrom('enter' as const, 'leave' as const),
        gateway: fc.constantFrom('g1', 'g2'),
        users: fc.subarray(users),
      })
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const gateway of ['g1', 'g2']) await one.leave(gateway, users)
        const pairs = new Set<string>()
        for (const { act, gateway, users: some } of steps) {
          await one[act](gateway, some)
          for (const userId of some) {
            if (act === 'enter') pairs.add(`${userId}/${gateway}`)
            else pairs.delete(`${userId}/${gateway}`)
          }
        }
        const found = await two.gatewaysOf(users)
        const foundPairs = [...found].flatMap(([userId, gateways]) => gateways.map((g) => `${userId}/${g}`))
        expect(foundPairs.sort()).toEqual([...pairs].sort())
      })
      await fc.assert(property, { numRuns: 30 })
    })

    it('is empty after a loss, and knows again what is told anew', async () => {
      await one.enter('g1', ['alice', 'bob'])
      await harness.lose()
      expect(sorted(await two.gatewaysOf(['alice', 'bob']))).toEqual({})
      expect(await two.gateways()).toEqual([])
      await one.enter('g1', ['alice'])
      expect(await one.alive('g1')).toBe(false)
      expect(sorted(await two.gatewaysOf(['alice', 'bob']))).toEqual({})
      await one.begin('g1')
      expect(sorted(await two.gatewaysOf(['alice', 'bob']))).toEqual({ alice: ['g1'] })
    })

    describe('with a short time to live', () => {
      const ttlMs = 1_500
      beforeEach(async () => {
        await harness.dispose()
        await open(ttlMs)
      })

      it('finds a gateway that died no more after its time, whoever enters there, and tells it so', async () => {
        await one.enter('g1', ['alice'])
        await harness.pass(ttlMs + 200)
        await one.enter('g1', ['bob'])
        expect(sorted(await two.gatewaysOf(['alice', 'bob']))).toEqual({})
        expect(await two.gateways()).toEqual([])
        expect(await one.alive('g1')).toBe(false)
        expect(await two.gateways()).toEqual([])
      })

      it('finds a gateway that goes on saying that it lives and who is there', async () => {
        for (let round = 0; round < 8; round += 1) {
          expect(await one.alive('g1')).toBe(true)
          await one.enter('g1', ['alice'])
          await harness.pass(ttlMs / 4)
          expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g1'] })
        }
      })

      it('finds everybody as long as the gateway lives that said who is there and then only once that it lives', async () => {
        await one.enter('g1', ['alice'])
        await harness.pass(ttlMs * 0.6)
        expect(await one.alive('g1')).toBe(true)
        await harness.pass(ttlMs * 0.6)
        expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g1'] })
      })

      it('forgets the dead one of two', async () => {
        await one.enter('g1', ['alice'])
        await harness.pass(ttlMs / 2)
        await two.enter('g2', ['alice'])
        await two.alive('g2')
        await harness.pass(ttlMs / 2 + 200)
        expect(sorted(await two.gatewaysOf(['alice']))).toEqual({ alice: ['g2'] })
        expect(await one.gateways()).toEqual(['g2'])
      })
    })
  })
}
