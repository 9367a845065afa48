import { describe, expect, it } from 'vitest'
import {
  createSharedTasks,
  type SharedTask,
  turnAmong,
} from '../../../../../packages/client/src/groups/upkeep/shared-tasks.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

/** It stays to be done until it was tried so many times. */
const open = (random: number, tries = Number.POSITIVE_INFINITY) => {
  const clock = createVirtualClock()
  const begun = clock.now()
  const state = { due: true, live: true, caughtUp: 0, fails: false }
  const thrown: string[] = []
  const done: number[] = []
  const task: SharedTask = {
    due: () => (state.due ? [1_000, 3_000] : undefined),
    act: () => {
      if (state.fails) throw new Error('cannot be done')
      done.push(clock.now() - begun)
      state.due = done.length < tries
    },
  }
  const caughtUp = async () => {
    state.caughtUp += 1
  }
  const tasks = createSharedTasks(
    { clock, random: () => random, isLive: () => state.live, caughtUp, onError: (error) => thrown.push(String(error)) },
    [task],
  )
  return { tasks, clock, state, done, thrown }
}

describe('a task that one of many devices should do', () => {
  it('is done at a random time of its turn, by the first device, once it has processed what others did', async () => {
    for (const [random, at] of [
      [0, 1_000],
      [0.5, 2_000],
    ] as const) {
      const { tasks, clock, state, done } = open(random, 1)
      tasks.look('c')
      tasks.look('c')
      await clock.advance(60_000)
      expect([done, state.caughtUp]).toEqual([[at], 1])
    }
  })

  it('is left when somebody else has done it in the meantime', async () => {
    const { tasks, clock, state, done } = open(0.5)
    tasks.look('c')
    await clock.advance(1_500)
    state.due = false
    await clock.advance(60_000)
    expect(done).toEqual([])
  })

  it('is tried again when it came to nothing', async () => {
    const { tasks, clock, done } = open(0, 3)
    tasks.look('c')
    await clock.advance(60_000)
    expect(done).toEqual([1_000, 7_000, 13_000])
  })

  it('is reported when it fails, and tried again', async () => {
    const { tasks, clock, state, done, thrown } = open(0, 1)
    state.fails = true
    tasks.look('c')
    await clock.advance(2_000)
    expect(thrown).toEqual(['Error: cannot be done'])
    state.fails = false
    await clock.advance(10_000)
    expect(done).toHaveLength(1)
  })

  it('waits for a connection, and for the next look then', async () => {
    const { tasks, clock, state, done } = open(0)
    tasks.look('c')
    await clock.advance(500)
    state.live = false
    await clock.advance(60_000)
    expect(done).toEqual([])
    state.live = true
    tasks.look('c')
    await clock.advance(1_000)
    expect(done).toEqual([61_500])
  })

  it('is forgotten when the client closes', async () => {
    const { tasks, clock, done } = open(0)
    tasks.look('c')
    tasks.stop()
    await clock.advance(60_000)
    tasks.look('c')
    await clock.advance(60_000)
    expect(done).toEqual([])
  })

  it('has a longer turn among many, so that few do it at once', () => {
    expect(turnAmong(3, [1_000, 3_000])).toEqual([1_000, 3_000])
    expect(turnAmong(1_000, [1_000, 3_000])).toEqual([1_000, 41_000])
  })
})
