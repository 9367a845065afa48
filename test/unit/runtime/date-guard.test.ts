import { describe, expect, it } from 'vitest'
import { createDateGuard } from '../../../src/runtime/date-guard.ts'

const minute = 60_000
const year = 365 * 86_400_000

const world = () => {
  let [passed, offset] = [0, 1_700_000_000_000]
  const jumps: number[] = []
  const guard = createDateGuard({
    date: () => offset + passed,
    elapsed: () => passed,
    onJump: (ahead) => jumps.push(ahead),
  })
  /** Asked every minute. */
  const pass = (minutes: number) =>
    Array.from({ length: minutes }, () => {
      passed += minute
      return guard.isSure()
    })
  const set = (ms: number) => {
    offset += ms
  }
  return { guard, jumps, pass, set }
}

describe('A date that decides for good', () => {
  it('is believed as it goes on, corrected by a little again and again, and set back', () => {
    const { pass, set, jumps } = world()
    for (const step of [5 * minute, 5 * minute, 5 * minute, -year, 5 * minute]) {
      set(step)
      expect(pass(2)).toEqual([true, true])
    }
    expect(jumps).toEqual([])
  })

  it.each([year, 30 * minute])('is not believed for an hour when it has jumped %i ms ahead', (jump) => {
    const { pass, set, jumps } = world()
    set(jump)
    const answers = pass(70)
    expect(answers.indexOf(true)).toBe(60)
    expect(answers.slice(60)).not.toContain(false)
    expect(jumps).toEqual([jump])
  })

  it('is believed again at once when somebody sets it right', () => {
    const { pass, set, jumps } = world()
    set(year)
    expect(pass(5)).not.toContain(true)
    set(-year)
    expect(pass(5)).not.toContain(false)
    set(year)
    expect(pass(5)).not.toContain(true)
    expect(jumps).toHaveLength(2)
  })
})
