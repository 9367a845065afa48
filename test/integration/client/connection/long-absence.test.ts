import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { bytes, eventsOfType, eventually, live, messageTexts, record } from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

describe('A device that was away while more messages expired than a reader follows', () => {
  const world = useClientWorld()

  it('reads what is written afterwards, because their sender has begun new epochs', { timeout: 90_000 }, async () => {
    const store = createMemoryStore()
    const [ann, bob] = await Promise.all([world.client('ann', 'phone'), world.client('bob', 'phone', { store })])
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'bob' }, bytes('hi'))
    await ann.setRetention(conversationId, 1)
    await eventually(() => bob.pending() === 0, 'nothing waits')
    await bob.close()
    for (let n = 0; n < 2_100; n += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => ann.send(conversationId, bytes(`m${n + i}`))))
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const back = await world.client('bob', 'phone', { store })
    const log = record(back)
    await live(back)
    const answered = record(ann)
    await ann.send(conversationId, bytes('can you read this?'))
    await eventually(() => messageTexts(log).includes('can you read this?'), 'the message')
    // The first one may have been taken in before the device went away.
    const commits = eventsOfType(log, 'GroupCommitted')
    expect(Math.max(...commits.map(({ data }) => data.epoch))).toBeGreaterThanOrEqual(2)
    await back.send(conversationId, bytes('yes'))
    await eventually(() => messageTexts(answered).includes('yes'), 'the answer')
  })
})
