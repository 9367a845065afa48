import { expect, test } from 'vitest'
import { createFairQueue } from '../../../../src/edge/egress/fair-queue.ts'

const options = { places: 2, placesOfUser: 1, waitingOfUser: 3, patienceMs: 10_000 }
const soon = () => new Promise((resolve) => setImmediate(resolve))

test('P7: no more are inside than there are places, of all and of one user', async () => {
  const line = createFairQueue(options)
  const inside: string[] = []
  const enter = async (name: string, userId: string) => {
    const leave = await line.enter(userId)
    inside.push(name)
    return leave
  }
  const [ann1] = [await enter('ann1', 'ann')]
  const ann2 = enter('ann2', 'ann')
  const bob = await enter('bob', 'bob')
  const cid = enter('cid', 'cid')
  await soon()
  expect([inside, line.waiting()]).toEqual([['ann1', 'bob'], 2])
  bob()
  bob()
  await soon()
  expect(inside).toEqual(['ann1', 'bob', 'cid'])
  ann1()
  ;(await ann2)()
  ;(await cid)()
  expect([inside, line.waiting()]).toEqual([['ann1', 'bob', 'cid', 'ann2'], 0])
})

test('P7: users come in by turns, however many each has in the line', async () => {
  const line = createFairQueue({ ...options, places: 1 })
  const order: string[] = []
  const leave = await line.enter('zoe')
  const all = ['ann', 'ann', 'ann', 'bob', 'bob', 'cid'].map(async (userId) => {
    const left = await line.enter(userId)
    order.push(userId)
    left()
  })
  leave()
  await Promise.all(all)
  expect(order).toEqual(['ann', 'bob', 'cid', 'ann', 'bob', 'ann'])
})

test('P7: who is too many of a user, and who has waited too long, is told so, and others are not held up', async () => {
  const line = createFairQueue({ ...options, places: 1, waitingOfUser: 1, patienceMs: 20 })
  const leave = await line.enter('ann')
  const late = line.enter('ann')
  await expect(line.enter('ann')).rejects.toMatchObject({ code: 'too_many_in_flight' })
  await expect(late).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 2_000 })
  expect(line.waiting()).toBe(0)
  leave()
  ;(await line.enter('bob'))()
})
