import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OnlineUsers } from '../../../src/ports/online-users.ts'

/** Separate online users for one test. */
export interface OnlineUsersHarness {
  /** The online users as one process sees them. */
  connect(): Promise<OnlineUsers>
  /** The engine forgets everything. */
  lose(): Promise<void>
  pass(ms: number): Promise<void>
  dispose(): Promise<void>
}

/** The guarantees of `src/ports/online-users.ts`, for every adapter. */
export const onlineUsersContract = (name: string, create: (ttlMs: number) => Promise<OnlineUsersHarness>): void => {
  describe(`the online users in ${name}`, () => {
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

    it('contain the users whom any process has entered, and nobody else', async () => {
      await one.enter('p1', ['alice', 'bob'])
      for (const online of [one, two]) {
        expect([...(await online.among(['alice', 'bob', 'carol']))].sort()).toEqual(['alice', 'bob'])
      }
      await two.leave('p1', ['alice'])
      expect(await among('alice', 'bob')).toEqual(['bob'])
    })

    it('contain a user until the last process removes the user', async () => {
      expect(await one.enter('p1', ['alice'])).toEqual(['alice'])
      expect(await two.enter('p2', ['alice'])).toEqual([])
      expect(await one.leave('p1', ['alice'])).toEqual([])
      expect(await among('alice')).toEqual(['alice'])
      expect(await two.leave('p2', ['alice'])).toEqual(['alice'])
      expect(await among('alice')).toEqual([])
    })

    it('report no change when a process enters or removes a user twice', async () => {
      await one.enter('p1', ['alice'])
      expect(await one.enter('p1', ['alice', 'bob'])).toEqual(['bob'])
      await one.leave('p1', ['alice'])
      expect(await one.leave('p1', ['alice', 'carol'])).toEqual([])
      expect(await two.leave('p9', ['bob'])).toEqual([])
      expect(await among('alice', 'bob', 'carol')).toEqual(['bob'])
    })

    it('report a change to one of two processes that enter the same user at once', async () => {
      const processes = [one, two, one, two]
      const users = Array.from({ length: 600 }, (_, index) => `user-${index}`)
      const came = await Promise.all(processes.map((online, index) => online.enter(`p${index}`, users)))
      expect(came.flat().sort()).toEqual([...users].sort())
      const went = await Promise.all(processes.map((online, index) => online.leave(`p${index}`, users)))
      expect(went.flat().sort()).toEqual([...users].sort())
    })

    it('accept empty lists of users', async () => {
      expect(await one.enter('p1', [])).toEqual([])
      expect(await one.leave('p1', [])).toEqual([])
      expect(await among()).toEqual([])
    })

    it('accept user ids of any form', async () => {
      const ids = ['*', 'a:b', 'Zoë 👋', '__proto__', '-inf', '0', ' ', '\\']
      await one.enter('process:*', ids)
      expect(await among(...ids, 'other')).toEqual([...ids].sort())
      expect([...(await one.leave('process:*', ids))].sort()).toEqual([...ids].sort())
    })

    it('count a process as alive after `enter` and after `alive`', async () => {
      expect(await one.alive('p1')).toBe(false)
      expect(await two.alive('p1')).toBe(true)
      await one.enter('p2', ['alice'])
      expect(await two.alive('p2')).toBe(true)
    })

    it('are empty after a loss of data, report it to each process, and accept the users again', async () => {
      await one.enter('p1', ['alice'])
      await harness.lose()
      expect(await among('alice')).toEqual([])
      expect(await one.alive('p1')).toBe(false)
      expect(await one.enter('p1', ['alice'])).toEqual(['alice'])
      expect(await one.alive('p1')).toBe(true)
      expect(await among('alice')).toEqual(['alice'])
    })

    it('behave like a plain set of pairs, and report what changed', async () => {
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

    it('contain the users of a process that calls `alive`, for longer than the time to live', async () => {
      const ttlMs = 5_000
      await harness.dispose()
      await open(ttlMs)
      await one.enter('p1', ['alice'])
      for (let round = 0; round < 5; round += 1) {
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

      it('drop the users of a silent process, and report it when the process is back', async () => {
        await one.enter('p1', ['alice'])
        await harness.pass(ttlMs + 150)
        expect(await among('alice')).toEqual([])
        expect(await one.alive('p1')).toBe(false)
      })

      it('report a change when a user of a dead process is entered at another process', async () => {
        await one.enter('p1', ['alice'])
        await harness.pass(ttlMs + 150)
        expect(await two.enter('p2', ['alice'])).toEqual(['alice'])
      })

      it('forget an entry that a living process has not renewed for six times the time to live', async () => {
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
