import { describe, expect, it } from 'vitest'
import { createTimerWheel, type WheelEntry } from '../../../../src/gateway/sessions/timer-wheel.ts'

const setUp = () => {
  const clock = { now: 1_000 }
  const wheel = createTimerWheel({ tickMs: 10, now: () => clock.now })
  const fired: number[] = []
  const entry = (again?: number): WheelEntry => ({
    slot: undefined,
    due: (now) => {
      fired.push(now)
      return again
    },
  })
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 5) {
      clock.now += 5
      wheel.advance()
    }
  }
  return { clock, wheel, fired, entry, pass }
}

describe('timer wheel', () => {
  it('calls an entry when it is due, never early, at most one tick late, and once', () => {
    const { wheel, fired, entry, pass } = setUp()
    wheel.schedule(entry(), 25)
    pass(20)
    expect(fired).toEqual([])
    pass(100)
    expect(fired).toEqual([1_030])
  })

  it('calls again after the time that the entry asks for', () => {
    const { wheel, fired, entry, pass } = setUp()
    wheel.schedule(entry(20), 20)
    pass(60)
    expect(fired).toEqual([1_020, 1_040, 1_060])
  })

  it('forgets a cancelled entry, and moves one that is scheduled again', () => {
    const { wheel, fired, entry, pass } = setUp()
    const [cancelled, moved] = [entry(), entry()]
    wheel.schedule(cancelled, 20)
    wheel.schedule(moved, 20)
    wheel.cancel(cancelled)
    wheel.schedule(moved, 50)
    pass(100)
    expect(fired).toEqual([1_050])
  })

  it('honours a cancellation by an entry of the same tick', () => {
    const { wheel, fired, entry, pass } = setUp()
    const victim = entry()
    wheel.schedule({ slot: undefined, due: () => void wheel.cancel(victim) }, 20)
    wheel.schedule(victim, 20)
    pass(50)
    expect(fired).toEqual([])
  })

  it('catches up after the process was held', () => {
    const { clock, wheel, fired, entry } = setUp()
    wheel.schedule(entry(), 20)
    wheel.schedule(entry(), 5_000)
    clock.now += 60_000
    wheel.advance()
    expect(fired).toHaveLength(2)
  })
})
