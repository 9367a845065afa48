import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OnlineUsers } from '../../../src/ports/online-users.ts'

/** Online users of its own. */
export interface OnlineUsersHarness {
  /** They as one process sees them. */
  connect(): Promise<OnlineUsers>
  /** The engine forgets everything. */
  lose(): Promise<void>
  pass(ms: number): Promise<void>
  dispose(): Promise<void>
}

/** The guarantees of `src/ports/online-users.ts`, for every adapter. */
export const onlineUsersContract = (name: string, create: (ttlMs: number) => Promise<OnlineUsersHarness>): void => {
  describe(`${name} as what knows the online users`, () => {
    let harness: OnlineUsersHarness
    let one: OnlineUsers
    let two: OnlineUsers

    const open = async (ttlMs: number) => {
      harness = await create(ttlMs)
      one = await harness.connect()
      two = await harness.connect()
    }
    const among = async (...userIds: string[]) => [...(await two.among(userIds))].sort()

    beforeEach(() => open(60_000))
    afterEach(() => harness.dispose())

    it('knows from every process who has entered, and nobody else', async () => {
      await one.enter('p1', ['alice', 'bob'])
      for (const online of [one, two]) {
        expect([...(await online.among(['alice', 'bob', 'carol']))].sort()).toEqual(['alice', 'bob'])
      }
      await two.leave('p1', ['alice'])
      expect(await among('alice', 'bob')).toEqual(['bob'])
    })

    it('has a user online as long as one process says so', async () => {
      expect(await one.enter('p1', ['alice'])).toEqual(['alice'])
      expect(await two.enter('p2', ['alice'])).toEqual([])
      expect(await one.leave('p1', ['alice'])).toEqual([])
      expect(await among('alice')).toEqual(['alice'])
      expect(await two.leave('p2', ['alice'])).toEqual(['alice'])
      expect(await among('alice')).toEqual([])
    })

    it('says of what is said twice that it makes no difference', async () => {
      await one.enter('p1', ['alice'])
      expect(await one.enter('p1', ['alice', 'bob'])).toEqual(['bob'])
      await one.leave('p1', ['alice'])
      expect(await one.leave('p1', ['alice', 'carol'])).toEqual([])
      expect(await two.leave('p9', ['bob'])).toEqual([])
      expect(await among('alice', 'bob', 'carol')).toEqual(['bob'])
    })

    it('tells one of two processes that say the same at once that it made the difference', async () => {
      const processes = [one, two, one, two]
      const users = Array.from({ length: 600 }, (_, index) => `user-${index}`)
      const came = await Promise.all(processes.map((online, index) => online.enter(`p${index}`, users)))
      expect(came.flat().sort()).toEqual([...users].sort())
      const went = await Promise.all(processes.map((online, index) => online.leave(`p${index}`, users)))
      expect(went.flat().sort()).toEqual([...users].sort())
    })

    it('asks for nobody, or enters nobody, without harm', async () => {
      expect(await one.enter('p1', [])).toEqual([])
      expect(await one.leave('p1', [])).toEqual([])
      expect(await among()).toEqual([])
    })

    it('holds ids of any form', async () => {
      const ids = ['*', 'a:b', 'Zoë 👋', '__proto__', '-inf', '0', ' ', '\\']
      await one.enter('process:*', ids)
      expect(await among(...ids, 'other')).toEqual([...ids].sort())
      expect([...(await one.leave('process:*', ids))].sort()).toEqual([...ids].sort())
    })

    it('knows a process that has entered somebody, and one that said that it lives', async () => {
      expect(await one.alive('p1')).toBe(false)
      expect(await two.alive('p1')).toBe(true)
      await one.enter('p2', ['alice'])
      expect(await two.alive('p2')).toBe(true)
    })

    it('is empty after a loss, tells each process of it, and knows again what is told anew', async () => {
      await one.enter('p1', ['alice'])
      await harness.lose()
      expect(await among('alice')).toEqual([])
      expect(await one.alive('p1')).toBe(false)
      expect(await one.enter('p1', ['alice'])).toEqual(['alice'])
      expect(await one.alive('p1')).toBe(true)
      expect(await among('alice')).toEqual(['alice'])
    })

    it('does what a plain set of pairs does, and says what changed', async () => {
      const users = ['a', 'b', 'c']
      const step = fc.record({
        act: fc.constantFrom('enter' as const, 'leave' as const),
        process: fc.constantFrom('p1', 'p2'),
        users: fc.subarray(users),
      })
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const process of ['p1', 'p2']) await one.leave(process, users)
        const pairs = new Set<string>()
        const onlineNow = () => users.filter((user) => pairs.has(`p1/${user}`) || pairs.has(`p2/${user}`))
        for (const { act, process, users: some } of steps) {
          const before = onlineNow()
          for (const user of some) pairs[act === 'enter' ? 'add' : 'delete'](`${process}/${user}`)
          const after = onlineNow()
          const changed = users.filter((user) => before.includes(user) !== after.includes(user))
          expect([...(await one[act](process, some))].sort()).toEqual(changed)
          expect(await among(...users)).toEqual(after)
        }
      })
      await fc.assert(property, { numRuns: 30 })
    })

    it('has users online as long as their process says that it lives, longer than its time to live', async () => {
      const ttlMs = 2_000
      await harness.dispose()
      await open(ttlMs)
      await one.enter('p1', ['alice'])
      for (let round = 0; round < 6; round += 1) {
        await harness.pass(ttlMs / 4)
        expect(await one.alive('p1')).toBe(true)
        expect(await among('alice')).toEqual(['alice'])
      }
    })

    describe('with a short time to live', () => {
      const ttlMs = 400
      beforeEach(async () => {
        await harness.dispose()
        await open(ttlMs)
      })

      it('has nobody online at a process that died, and tells it when it is back', async () => {
        await one.enter('p1', ['alice'])
        await harness.pass(ttlMs + 150)
        expect(await among('alice')).toEqual([])
        expect(await one.alive('p1')).toBe(false)
      })

      it('tells who comes after a process that died that this made the difference', async () => {
        await one.enter('p1', ['alice'])
        await harness.pass(ttlMs + 150)
        expect(await two.enter('p2', ['alice'])).toEqual(['alice'])
      })

      it('forgets a user whom a living process did not name for six times its time to live', async () => {
        await one.enter('p1', ['alice'])
        for (let passed = 0; passed < ttlMs * 6 + 150; passed += ttlMs / 4) {
          await harness.pass(ttlMs / 4)
          await one.alive('p1')
        }
        expect(await among('alice')).toEqual([])
      })
    })
  })
}
