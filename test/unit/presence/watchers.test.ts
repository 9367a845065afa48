import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fact, Presence } from '../../../src/presence/presence.ts'
import type { Sight } from '../../../src/presence/visibility.ts'
import type { Watcher } from '../../../src/presence/watch-book.ts'
import { createWatchers, type Watchers } from '../../../src/presence/watchers.ts'

const minute = 60_000

describe('watching users', () => {
  let time = 0
  let online: Set<string>
  let hidden: Set<string>
  let lookups: number
  let isAway: boolean
  let tick: () => Promise<void>
  let watchers: Watchers
  let forgotten: string[]
  /** Hidden until `forgetPair` is called, because the views know of the conversation by then. */
  let strangers: Set<string>

  beforeEach(() => {
    time = 0
    online = new Set()
    hidden = new Set()
    lookups = 0
    isAway = false
    forgotten = []
    strangers = new Set()
    const isShown = (target: string) => !hidden.has(target) && !strangers.has(target)
    const sight = (target: string): Sight => ({ online: isShown(target), lastSeen: isShown(target) })
    const fact = (userId: string): Fact => ({ online: online.has(userId), seenAt: minute })
    const reach = () => {
      if (isAway) throw new Error('away')
    }
    watchers = createWatchers({
      visibility: {
        of: async (_viewer, targets) => {
          reach()
          return new Map(targets.map((target) => [target, sight(target)]))
        },
        forget: (userId) => void forgotten.push(userId),
        forgetPair: (_userId, other) => void strangers.delete(other),
      },
      facts: {
        of: async (userIds) => {
          lookups += userIds.length
          reach()
          return new Map(userIds.map((userId) => [userId, fact(userId)]))
        },
      },
      maxOfWatcher: 1_000,
      maxOfUser: 2_000,
      onSent: () => {},
      onError: () => {},
      every: (_ms, call) => {
        tick = call
        return () => {}
      },
      now: () => time,
      random: () => 0.5,
    })
  })
  afterEach(() => watchers.close())

  const openWatcher = (userId: string) => {
    const frames: (readonly Presence[])[] = []
    const state = { takes: true }
    const watcher: Watcher = {
      userId,
      send: (changes) => {
        if (state.takes) frames.push(changes)
        return state.takes
      },
    }
    const told = () => frames.flat().map((one) => `${one.userId} ${one.online ? 'online' : 'offline'}`)
    return { watcher, frames, told, state }
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      time += 250
      await tick()
    }
  }
  const come = (...userIds: string[]) => {
    for (const userId of userIds) online.add(userId)
    watchers.changed(userIds)
  }
  const go = (...userIds: string[]) => {
    for (const userId of userIds) online.delete(userId)
    watchers.changed(userIds)
  }
  const userNames = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`)

  it('returns the current presence, and sends changes', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    expect(await watchers.watch(watcher, ['bob', 'carol', 'bob'])).toEqual([
      { userId: 'bob', online: true, lastSeenAt: null },
      { userId: 'carol', online: false, lastSeenAt: minute },
    ])
    await pass(10_000)
    expect(told()).toEqual([])
    go('bob')
    come('carol')
    await pass(2_000)
    expect(told().sort()).toEqual(['bob offline', 'carol online'])
  })

  it('sends one update for each of 10,000 users who come at once, in batches that are spread out', async () => {
    const subjects = userNames(1_000)
    const one = openWatcher('alice')
    await watchers.watch(one.watcher, subjects)
    come(...userNames(10_000))
    await pass(1_500)
    expect(one.frames.length).toBeLessThanOrEqual(2)
    await pass(15_000)
    expect(one.told().sort()).toEqual(subjects.map((userId) => `${userId} online`).sort())
    expect(one.frames.every((frame) => frame.length <= 100)).toBe(true)
  })

  it('sends nothing about a change that was reverted before it was sent', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    go('bob')
    await tick()
    come('bob')
    await pass(5_000)
    expect(told()).toEqual([])
  })

  it('sends a watcher at most one frame a second, however often users come and go', async () => {
    const { watcher, frames } = openWatcher('alice')
    await watchers.watch(watcher, ['bob', 'carol'])
    for (let round = 0; round < 40; round += 1) {
      if (round % 2 === 0) come('bob')
      else go('bob')
      await pass(250)
    }
    expect(frames.length).toBeLessThanOrEqual(10)
  })

  it('finds changes that were not reported, for example after a process died', async () => {
    const { watcher, told } = openWatcher('alice')
    const subjects = userNames(500)
    for (const userId of subjects) online.add(userId)
    await watchers.watch(watcher, subjects)
    online.clear()
    await pass(20_000)
    expect(told().sort()).toEqual(subjects.map((userId) => `${userId} offline`).sort())
  })

  it('reads every watched user about once in five seconds', async () => {
    const { watcher } = openWatcher('alice')
    await watchers.watch(watcher, userNames(500))
    await pass(10_000)
    lookups = 0
    await pass(60_000)
    expect(lookups).toBeGreaterThan(500 * 9)
    expect(lookups).toBeLessThan(500 * 14)
  })

  it('continues when the engines are back', async () => {
    const { watcher, told } = openWatcher('alice')
    await watchers.watch(watcher, ['bob'])
    isAway = true
    come('bob')
    await pass(5_000)
    expect(told()).toEqual([])
    isAway = false
    await pass(12_000)
    expect(told()).toEqual(['bob online'])
  })

  it('sends a watcher that was blocked only what is true when it takes frames again', async () => {
    const { watcher, told, state } = openWatcher('alice')
    online.add('carol')
    await watchers.watch(watcher, ['bob', 'carol'])
    state.takes = false
    come('bob')
    go('carol')
    await pass(5_000)
    come('carol')
    await pass(5_000)
    state.takes = true
    await pass(3_000)
    expect(told()).toEqual(['bob online'])
  })

  it('shows a user who hides as offline, and sends no later changes', async () => {
    const { watcher, frames, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    hidden.add('bob')
    watchers.rulesChanged('bob')
    await pass(3_000)
    expect(frames.flat()).toEqual([{ userId: 'bob', online: false, lastSeenAt: null }])
    go('bob')
    await pass(3_000)
    come('bob')
    await pass(3_000)
    expect(told()).toEqual(['bob offline'])
  })

  it('follows changes of settings once a second, including those of the watcher', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    for (let round = 0; round < 1_000; round += 1) watchers.rulesChanged('alice')
    hidden.add('bob')
    await pass(3_000)
    expect(told()).toEqual(['bob offline'])
    expect(forgotten.length).toBeLessThanOrEqual(1_003)
    await pass(10_000)
    expect(told()).toEqual(['bob offline'])
  })

  it('checks again what may be seen, even if no change was reported', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    hidden.add('bob')
    await pass(620_000)
    expect(told()).toEqual(['bob offline'])
  })

  it('soon checks again users who may just have begun to talk to the watcher', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    strangers.add('bob')
    await watchers.watch(watcher, ['bob'])
    await pass(5_000)
    expect(told()).toEqual(['bob online'])
  })

  it('shows a hidden user soon after both have talked, with one check however much they say', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    hidden.add('bob')
    await watchers.watch(watcher, ['bob'])
    await pass(5_000)
    hidden.delete('bob')
    strangers.add('bob')
    watchers.interacted('bob', ['carol'])
    watchers.interacted('carol', ['alice'])
    await pass(5_000)
    expect(told()).toEqual([])
    for (let round = 0; round < 1_000; round += 1) watchers.interacted('bob', ['alice', 'bob'])
    await pass(5_000)
    expect(told()).toEqual(['bob online'])
  })

  it('limits what a session and a user may watch, and refuses a request as a whole', async () => {
    const sessions = [openWatcher('alice'), openWatcher('alice'), openWatcher('alice')]
    const [first, second, third] = sessions
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    await watchers.watch(first.watcher, userNames(1_000))
    await expect(watchers.watch(first.watcher, ['bob'])).rejects.toMatchObject({ code: 'watch_limit' })
    // Users whom the session watches already do not count again.
    expect(await watchers.watch(first.watcher, ['user-1'])).toHaveLength(1)
    await watchers.watch(second.watcher, userNames(999))
    await expect(watchers.watch(third.watcher, ['bob', 'carol'])).rejects.toMatchObject({ code: 'watch_limit' })
    await watchers.watch(third.watcher, ['bob'])
    expect(watchers.size()).toBe(2_000)
    watchers.unwatch(first.watcher, ['user-1', 'nobody'])
    expect(await watchers.watch(third.watcher, ['carol'])).toHaveLength(1)
  })

  it('keeps nothing about ended sessions, over any number of reconnects', async () => {
    for (let round = 0; round < 300; round += 1) {
      const { watcher } = openWatcher('alice')
      await watchers.watch(watcher, userNames(50))
      watchers.changed(userNames(50))
      watchers.rulesChanged('alice')
      watchers.drop(watcher)
    }
    await pass(6_000)
    expect(watchers.size()).toBe(0)
    lookups = 0
    await pass(12_000)
    expect(lookups).toBe(0)
  })

  it('watches no additional users if the answer could not be read', async () => {
    const { watcher } = openWatcher('alice')
    isAway = true
    await expect(watchers.watch(watcher, ['bob'])).rejects.toThrow('away')
    expect(watchers.size()).toBe(0)
  })

  it('sends nothing to a watcher that was dropped while it waited', async () => {
    const { watcher, frames } = openWatcher('alice')
    const answer = watchers.watch(watcher, ['bob'])
    watchers.drop(watcher)
    expect(await answer).toEqual([])
    come('bob')
    await pass(10_000)
    expect(frames).toEqual([])
  })
})
