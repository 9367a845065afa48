import { expect, test } from 'vitest'
import { createTimeSlices } from '../../../../src/edge/egress/time-slices.ts'

const busy = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

const open = () => createTimeSlices({ sliceMs: 5, now: () => performance.now() })

test('P7: whatever else there is has its turn while much work waits, and by then the work goes on', async () => {
  const slices = open()
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
  for (let last = performance.now(); done < 200; ) {
    await new Promise((resolve) => setImmediate(resolve))
    gaps.push(performance.now() - last)
    last = performance.now()
  }
  await all
  expect(gaps.length).toBeGreaterThan(50)
  expect(gaps.toSorted((one, other) => one - other)[Math.floor(gaps.length / 2)]).toBeLessThan(12)
})

test('those who work take turns, whoever has more to do', async () => {
  const slices = open()
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
