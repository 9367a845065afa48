import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryOnlineUsers } from '../../../src/adapters/memory/online-users.ts'
import { type ActiveUsers, createActiveUsers } from '../../../src/presence/active-users.ts'

const ttlMs = 10_000
const begin = 1_767_225_600_000

describe('the active users of a process', () => {
  let time = 0
  let changes: string[][]
  let seen: (readonly [readonly string[], number])[]
  let calls: string[]
  let isAway: boolean
  let tick: () => Promise<void>
  let active: ActiveUsers
  let hub: ReturnType<typeof createMemoryLeaseHub>

  beforeEach(() => {
    time = 0
    changes = []
    seen = []
    calls = []
    isAway = false
    hub = createMemoryLeaseHub(ttlMs, () => time)
    const online = createMemoryOnlineUsers(hub)
    const reach = () => {
      if (isAway) throw new Error('away')
    }
    active = createActiveUsers({
      processId: 'p1',
      online: {
        enter: async (id, userIds) => {
          calls.push(`enter ${userIds.length}`)
          reach()
          return online.enter(id, userIds)
        },
        leave: async (id, userIds) => {
          calls.push(`leave ${userIds.length}`)
          reach()
          return online.leave(id, userIds)
        },
        alive: async (id) => {
          reach()
          return online.alive(id)
        },
      },
      records: { noteSeen: async (userIds, at) => void seen.push([userIds, at]) },
      onChanged: (userIds) => void changes.push([...userIds]),
      onError: () => {},
      ttlMs,
      every: (_ms, call) => {
        tick = call
        return () => {}
      },
      now: () => time,
      date: () => begin + time,
    })
  })
  afterEach(() => active.close())

  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      time += 1_000
      await tick()
    }
  }
  const isOnline = async (userId: string) => (await createMemoryOnlineUsers(hub).among([userId])).has(userId)

  it('are announced once, however many devices they have and however often they come and go', async () => {
    for (let round = 0; round < 50; round += 1) {
      active.add('alice')
      active.remove('alice', 'away')
    }
    active.add('alice')
    active.add('alice')
    await pass(1_000)
    active.remove('alice', 'ended')
    await pass(20_000)
    expect(changes).toEqual([['alice']])
    expect(await isOnline('alice')).toBe(true)
  })

  it('stay online while a connection may come back, and are not announced if it does', async () => {
    active.add('alice')
    await pass(1_000)
    active.remove('alice', 'ended')
    await pass(8_000)
    active.add('alice')
    await pass(30_000)
    expect(changes).toEqual([['alice']])
    active.remove('alice', 'ended')
    await pass(12_000)
    expect(changes).toEqual([['alice'], ['alice']])
    expect(active.size()).toBe(0)
  })

  it('change state at most once in half the time to live, whatever a device says', async () => {
    for (let round = 0; round < 60; round += 1) {
      active.add('alice')
      await pass(1_000)
      active.remove('alice', 'away')
      await pass(1_000)
    }
    expect(changes).toEqual([['alice']])
    await pass(6_000)
    expect(changes).toEqual([['alice'], ['alice']])
  })

  it('get a last-seen time, rounded to the minute, before they are announced as offline', async () => {
    active.add('alice')
    await pass(100_000)
    active.remove('alice', 'away')
    await pass(6_000)
    expect(seen).toEqual([[['alice'], begin + 60_000]])
    expect(calls.at(-1)).toBe('leave 1')
  })

  it('get a new last-seen time every five minutes, so that a dead process loses little', async () => {
    active.add('alice')
    await pass(620_000)
    expect(seen.map(([, at]) => at - begin)).toEqual([300_000, 600_000])
  })

  it('stay online for as long as they are active, and are renewed rarely', async () => {
    active.add('alice')
    await pass(1_000)
    calls.length = 0
    for (let minute = 0; minute < 5; minute += 1) {
      await pass(60_000)
      expect(await isOnline('alice')).toBe(true)
    }
    expect(calls.length).toBeLessThanOrEqual(15)
    expect(changes).toEqual([['alice']])
  })

  it('are announced again after the engine has lost its data', async () => {
    active.add('alice')
    await pass(5_000)
    hub.lose()
    await pass(4_000)
    expect(await isOnline('alice')).toBe(true)
    expect(changes).toEqual([['alice'], ['alice']])
  })

  it('are announced when the engine is back, including users who left in the meantime', async () => {
    active.add('alice')
    await pass(1_000)
    isAway = true
    active.add('bob')
    active.remove('alice', 'ended')
    await pass(30_000)
    isAway = false
    await pass(3_000)
    expect(await isOnline('alice')).toBe(false)
    expect(await isOnline('bob')).toBe(true)
    expect(active.size()).toBe(1)
  })

  it('are announced in batches when thousands come at once, each user once', async () => {
    const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}`)
    for (const user of users) active.add(user)
    await pass(3_000)
    expect(changes.flat().sort()).toEqual([...users].sort())
    expect(calls.length).toBeLessThanOrEqual(3)
  })

  it('leave nothing behind if they were never announced', async () => {
    for (let index = 0; index < 1_000; index += 1) {
      active.add(`user-${index}`)
      active.remove(`user-${index}`, 'ended')
    }
    await pass(1_000)
    expect(active.size()).toBe(0)
    expect(calls).toEqual([])
  })
})
