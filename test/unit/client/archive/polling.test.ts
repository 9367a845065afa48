import { expect, it } from 'vitest'
import { createPolling } from '../../../../packages/client/src/archive/polling.ts'

const flush = () => new Promise<void>((resolve) => setImmediate(resolve))

it('A poll that is started while its last step ends makes another one', async () => {
  const ends: ((isDone: boolean) => void)[] = []
  const clock = {
    now: () => 0,
    after: (_ms: number, call: () => void) => {
      queueMicrotask(call)
      return () => {}
    },
  }
  const polling = createPolling({
    ...{ clock, isClosed: () => false, least: 1, most: 4, progress: () => 0 },
    step: () => new Promise((resolve) => ends.push(resolve)),
  })
  polling.start()
  await flush()
  polling.start()
  ends[0]?.(true)
  await flush()
  expect(ends).toHaveLength(2)
  ends[1]?.(true)
  await flush()
  expect(ends).toHaveLength(2)
})

it('A poll waits longer each time nothing has happened, and no longer than it may', async () => {
  const waits: number[] = []
  let steps = 0
  const clock = {
    now: () => 0,
    after: (ms: number, call: () => void) => {
      waits.push(ms)
      queueMicrotask(call)
      return () => {}
    },
  }
  const polling = createPolling({
    ...{ clock, isClosed: () => false, least: 1, most: 4, progress: () => (steps < 5 ? 0 : 1) },
    step: async () => ++steps === 6,
  })
  polling.start()
  await flush()
  expect(waits).toEqual([2, 4, 4, 4, 1])
})
