import { expect, test } from 'vitest'
import { createTimeSlices } from '../../../../src/edge/egress/time-slices.ts'

/** Work takes as long as it says, however fast the machine is. */
const open = () => {
  let now = 0
  const busy = (ms: number): void => {
    now += ms
  }
  return { slices: createTimeSlices({ sliceMs: 5, now: () => now }), busy, now: () => now }
}

test('P7: whatever else there is has its turn while much work waits, and by then the work goes on', async () => {
  const { slices, busy, now } = open()
  const gaps: number[] = []
  let done = 0
  const work = async (): Promise<void> => {
    for (let step = 0; step < 10; step += 1) {
      await slices.turn()
      busy(2)
      done += 1
    }
  }
  const all = Promise.all(Array.from({ length: 20 }, work))
  for (let last = now(); done < 200; ) {
    await new Promise((resolve) => setImmediate(resolve))
    gaps.push(now() - last)
    last = now()
  }
  await all
  // A slice of five milliseconds ends within the step that is under way: three steps of two milliseconds.
  expect(Math.max(...gaps)).toBe(6)
  expect(gaps.length).toBeGreaterThanOrEqual(200 / 3)
})

test('those who work take turns, whoever has more to do', async () => {
  const { slices, busy } = open()
  const steps: string[] = []
  const work = async (name: string, count: number): Promise<void> => {
    for (let step = 0; step < count; step += 1) {
      await slices.turn()
      busy(1)
      steps.push(name)
    }
  }
  await Promise.all([work('long', 40), work('short', 3)])
  expect(steps.lastIndexOf('short')).toBeLessThan(10)
  expect(steps).toHaveLength(43)
})
