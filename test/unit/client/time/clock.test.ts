import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { steadyClock, systemClock } from '../../../../packages/client/src/time/clock.ts'

it('no timer is early by the clock that deadlines are measured with: what waits for one is woken once', async () => {
  const clock = steadyClock(systemClock)
  const early = async (ms: number): Promise<number> => {
    await sleep(ms * 1.7)
    const until = clock.now() + ms
    await new Promise<void>((resolve) => clock.after(ms, resolve))
    return until - clock.now()
  }
  const left = await Promise.all(Array.from({ length: 200 }, (_, index) => early(3 + (index % 50) + (index % 7) / 7)))
  expect(left.filter((ms) => ms > 0)).toEqual([])
})
