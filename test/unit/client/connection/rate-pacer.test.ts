import { describe, expect, it } from 'vitest'
import { createPacer } from '../../../../packages/client/src/connection/rate-pacer.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

describe('The pacer [T7]', () => {
  it('lets a burst through and the rest at the rate, in order, below what the server allows', async () => {
    const clock = createVirtualClock()
    const pacer = createPacer(clock)
    const gone: number[] = []
    for (let n = 0; n < 300; n += 1) void pacer.turn().then(() => gone.push(n))
    await clock.advance(1_000)
    expect(gone).toEqual([])
    pacer.reset({ framesPerSecond: 100, burst: 100 })
    await clock.advance(0)
    expect(gone).toHaveLength(90)
    await clock.advance(1_000)
    expect(gone.length).toBeGreaterThanOrEqual(179)
    expect(gone.length).toBeLessThanOrEqual(181)
    await clock.advance(10_000)
    expect(gone).toEqual(Array.from({ length: 300 }, (_, n) => n))
  })
})
