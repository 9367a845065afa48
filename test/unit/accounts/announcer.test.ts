import { expect, test } from 'vitest'
import { createAnnouncer } from '../../../src/accounts/announcer.ts'
import type { Notice } from '../../../src/ports/notices.ts'

const noticeNo = (n: number): Notice => ({
  id: `n${n}`,
  userId: 'alice',
  command: { type: 'NameDevice', actor: null, at: n, deviceId: 'phone' },
})

const world = (count: number) => {
  const waiting = Array.from({ length: count }, (_, n) => noticeNo(n))
  const told: string[] = []
  const state = { fails: 0, errors: 0 }
  const announcer = createAnnouncer({
    store: {
      notices: async (limit) => waiting.slice(0, limit),
      settleNotice: async (id) => {
        waiting.splice(
          waiting.findIndex((one) => one.id === id),
          1,
        )
      },
    },
    tell: async ({ id }) => {
      if (state.fails > 0) {
        state.fails -= 1
        throw new Error('the log does not answer')
      }
      told.push(id)
    },
    onError: () => {
      state.errors += 1
    },
  })
  return { announcer, waiting, told, state }
}

test('tells everything that waits, in order, in one go', async () => {
  const { announcer, waiting, told } = world(250)
  await Promise.all([announcer.flush(), announcer.flush(), announcer.flush()])
  expect(told).toEqual(Array.from({ length: 250 }, (_, n) => `n${n}`))
  expect(waiting).toEqual([])
  await announcer.close()
})

test('keeps what could not be told, and tells it before what came later', async () => {
  const { announcer, waiting, told, state } = world(2)
  state.fails = 1
  await announcer.flush()
  expect([told, waiting.length, state.errors]).toEqual([[], 2, 1])
  waiting.push(noticeNo(2))
  await announcer.flush()
  expect(told).toEqual(['n0', 'n1', 'n2'])
  await announcer.close()
})
