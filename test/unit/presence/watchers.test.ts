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
  /** Hidden until the pair is forgotten: the views know better by then. */
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

  it('answers what is so, and sends what changes', async () => {
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

  it('10,000 users who come at once cost a watcher one update each, in batches that are spread out', async () => {
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

  it('tells nothing of what was over before it was told', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    go('bob')
    await tick()
    come('bob')
    await pass(5_000)
    expect(told()).toEqual([])
  })

  it('sends to one watcher at most one frame a second, however often users come and go', async () => {
    const { watcher, frames } = openWatcher('alice')
    await watchers.watch(watcher, ['bob', 'carol'])
    for (let round = 0; round < 40; round += 1) {
      if (round % 2 === 0) come('bob')
      else go('bob')
      await pass(250)
    }
    expect(frames.length).toBeLessThanOrEqual(10)
  })

  it('finds by itself what nobody told, such as a process that died', async () => {
    const { watcher, told } = openWatcher('alice')
    const subjects = userNames(500)
    for (const userId of subjects) online.add(userId)
    await watchers.watch(watcher, subjects)
    online.clear()
    await pass(20_000)
    expect(told().sort()).toEqual(subjects.map((userId) => `${userId} offline`).sort())
  })

  it('looks everybody up about once in five seconds', async () => {
    const { watcher } = openWatcher('alice')
    await watchers.watch(watcher, userNames(500))
    await pass(10_000)
    lookups = 0
    await pass(60_000)
    expect(lookups).toBeGreaterThan(500 * 9)
    expect(lookups).toBeLessThan(500 * 14)
  })

  it('goes on when the engines are back', async () => {
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

  it('keeps for a watcher that takes nothing what is so when it takes something again', async () => {
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

  it('shows a user whom a change of rules hides as offline, and nothing of it later', async () => {
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

  it('follows rules once a second, however often they change, and also those of who watches', async () => {
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

  it('looks again at what may be seen, also when nobody tells of a change', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    await watchers.watch(watcher, ['bob'])
    hidden.add('bob')
    await pass(620_000)
    expect(told()).toEqual(['bob offline'])
  })

  it('looks again in a moment at those who may have begun to talk just now', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    strangers.add('bob')
    await watchers.watch(watcher, ['bob'])
    await pass(5_000)
    expect(told()).toEqual(['bob online'])
  })

  it('sees whom it did not see soon after they talk to each other, and looks once however much they say', async () => {
    const { watcher, told } = openWatcher('alice')
    online.add('bob')
    hidden.add('bob')
    await watchers.watch(watcher, ['bob'])
    await pass(5_000)
    hidden.delete('bob')
    strangers.add('bob')
    watchers.met('bob', ['carol'])
    watchers.met('carol', ['alice'])
    await pass(5_000)
    expect(told()).toEqual([])
    for (let round = 0; round < 1_000; round += 1) watchers.met('bob', ['alice', 'bob'])
    await pass(5_000)
    expect(told()).toEqual(['bob online'])
  })

  it('bounds what a session watches and what a user watches, and refuses as a whole', async () => {
    const sessions = [openWatcher('alice'), openWatcher('alice'), openWatcher('alice')]
    const [first, second, third] = sessions
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    await watchers.watch(first.watcher, userNames(1_000))
    await expect(watchers.watch(first.watcher, ['bob'])).rejects.toMatchObject({ code: 'watch_limit' })
    // Those it watches already are no more.
    expect(await watchers.watch(first.watcher, ['user-1'])).toHaveLength(1)
    await watchers.watch(second.watcher, userNames(999))
    await expect(watchers.watch(third.watcher, ['bob', 'carol'])).rejects.toMatchObject({ code: 'watch_limit' })
    await watchers.watch(third.watcher, ['bob'])
    expect(watchers.size()).toBe(2_000)
    watchers.unwatch(first.watcher, ['user-1', 'nobody'])
    expect(await watchers.watch(third.watcher, ['carol'])).toHaveLength(1)
  })

  it('keeps nothing of watchers that are gone, over any number of reconnects', async () => {
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

  it('watches nobody more when the answer could not be read', async () => {
    const { watcher } = openWatcher('alice')
    isAway = true
    await expect(watchers.watch(watcher, ['bob'])).rejects.toThrow('away')
    expect(watchers.size()).toBe(0)
  })

  it('sends a watcher that is dropped while it waits nothing', async () => {
    const { watcher, frames } = openWatcher('alice')
    const answer = watchers.watch(watcher, ['bob'])
    watchers.drop(watcher)
    expect(await answer).toEqual([])
    come('bob')
    await pass(10_000)
    expect(frames).toEqual([])
  })
})
