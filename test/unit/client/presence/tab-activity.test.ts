import { expect, test } from 'vitest'
import { followTabActivity } from '../../../../packages/client/src/presence/tab-activity.ts'

const idleMs = 300_000

/** A page whose clock and events the test sets. */
const openPage = () => {
  let now = 1_000
  let timers: { readonly at: number; readonly call: () => void }[] = []
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const said: string[] = []
  const clock = {
    now: () => now,
    after: (ms: number, call: () => void) => {
      const timer = { at: now + ms, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
  }
  const stop = followTabActivity({ setActivity: (activity) => void said.push(activity) }, { idleMs, page, clock })
  return {
    said,
    stop,
    timers: () => timers.length,
    pass: (ms: number) => {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { call } of due) call()
    },
    input: (type = 'keydown') => void page.dispatchEvent(new Event(type)),
    show: (visibilityState: 'visible' | 'hidden') => {
      page.visibilityState = visibilityState
      page.dispatchEvent(new Event('visibilitychange'))
    },
  }
}

test('a page is away after some minutes without input, and active with the next one', () => {
  const { said, pass, input } = openPage()
  pass(idleMs - 1)
  expect(said).toEqual(['active'])
  pass(1)
  expect(said).toEqual(['active', 'away'])
  pass(idleMs * 3)
  input('pointermove')
  expect(said).toEqual(['active', 'away', 'active'])
})

test('input puts the time off, without a timer for each', () => {
  const { said, pass, input, timers } = openPage()
  for (let step = 0; step < 10; step += 1) {
    pass(idleMs / 2)
    for (let count = 0; count < 100; count += 1) input()
    expect(timers()).toBe(1)
  }
  pass(idleMs - 1)
  expect(said).toEqual(['active'])
  pass(1)
  expect(said).toEqual(['active', 'away'])
})

test('a hidden page is away at once, whatever comes, and active when it is shown', () => {
  const { said, pass, input, show, timers } = openPage()
  show('hidden')
  expect(said).toEqual(['active', 'away'])
  input()
  pass(idleMs * 2)
  expect([said.at(-1), timers()]).toEqual(['away', 0])
  show('visible')
  expect(said).toEqual(['active', 'away', 'active'])
})

test('nothing is said after the end', () => {
  const { said, stop, pass, input, show, timers } = openPage()
  stop()
  show('hidden')
  input()
  pass(idleMs * 2)
  expect([said, timers()]).toEqual([['active'], 0])
})
