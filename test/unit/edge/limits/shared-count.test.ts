import { expect, test } from 'vitest'
import { createMemoryLimits } from '../../../../src/adapters/memory/shared-limits.ts'
import { createSharedCount } from '../../../../src/edge/limits/shared-count.ts'
import { createSocketCaps } from '../../../../src/edge/limits/socket-caps.ts'

const soon = () => new Promise((resolve) => setTimeout(resolve, 1))

test('P7: sockets of a user are counted over all processes, and are too many by a sixteenth each at most', async () => {
  const limits = createMemoryLimits(() => performance.now())
  const processes = ['one', 'two', 'three'].map((holder) =>
    createSocketCaps({ ofUser: 64, ofAddress: 1_000, others: { limits, holder } }),
  )
  const leaves: (() => void)[] = []
  const open = async (index: number): Promise<boolean> => {
    const caps = processes[index % 3]
    try {
      caps?.check('ann', '192.0.2.1')
      if (caps !== undefined) leaves.push(caps.addUser('ann'))
      return true
    } catch {
      return false
    } finally {
      await soon()
    }
  }
  for (let n = 0; n < 300; n += 1) await open(n)
  expect(leaves.length).toBeGreaterThanOrEqual(64)
  expect(leaves.length).toBeLessThanOrEqual(64 + 3 * 4)
  processes[0]?.check('bob', '192.0.2.1')
  for (const leave of leaves.splice(0)) {
    leave()
    leave()
    await soon()
  }
  let opened = 0
  for (let n = 0; n < 64; n += 1) if (await open(n)) opened += 1
  expect(opened).toBeGreaterThan(50)
  for (const caps of processes) caps.close()
})

test('a user with few sockets costs the others no word, and those who are away hold nobody up', async () => {
  let calls = 0
  const hold = async (): Promise<number> => {
    calls += 1
    throw new Error('away')
  }
  const count = createSharedCount({ name: 'sockets', cap: 64, others: { limits: { hold }, holder: 'one' } })
  const leaves = Array.from({ length: 3 }, () => count.add('ann'))
  for (const leave of leaves) leave()
  expect([calls, count.has('ann')]).toEqual([0, 0])
  for (let n = 0; n < 10; n += 1) count.add('ann')
  await soon()
  expect([calls > 0, count.has('ann')]).toEqual([true, 10])
  count.close()
})
