import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../../packages/client/src/delivery/delivery-queue.ts'
import { createDecryptingDelivery } from '../../../../packages/client/src/protection/decrypting-delivery.ts'
import { wireEvent } from '../delivery/wire-event.ts'
import { settled } from '../time/virtual-clock.ts'

/** A protection that takes an event in when it is told to. */
const world = () => {
  const asked = new Map<number, PromiseWithResolvers<void>>()
  const opened: number[] = []
  const passed: (number | string)[] = []
  let saves = 0
  const delivery: Pick<Delivery, 'event' | 'notice' | 'stop' | 'idle'> = {
    event: ({ revision }) => void passed.push(revision),
    notice: ({ type }) => void passed.push(type),
    stop: () => {},
    idle: async () => {},
  }
  const protection = {
    open: async ({ revision }: WireEvent) => {
      const turn = Promise.withResolvers<void>()
      asked.set(revision, turn)
      await turn.promise
      opened.push(revision)
      return { before: [] }
    },
    save: async () => {
      saves += 1
    },
  }
  const opening = createDecryptingDelivery(delivery as Delivery, protection, () => {})
  const add = (...revisions: readonly number[]) => {
    for (const revision of revisions)
      opening.event(wireEvent(revision, 'GroupCommitted'), { last: revision, out: false }, undefined)
  }
  return { opening, add, asked, opened, passed, saves: () => saves }
}

describe('Events that are processed before they are delivered', () => {
  it('is stored before it is passed on, in order', async () => {
    const { add, asked, opened, passed, saves } = world()
    add(0, 1)
    for (const revision of [0, 1]) {
      await settled()
      expect(passed).toEqual(opened.slice(0, passed.length))
      asked.get(revision)?.resolve()
    }
    await settled()
    expect(passed).toEqual([0, 1])
    expect(saves()).toBeGreaterThan(0)
  })

  it('tells of a snapshot before the events that came while it was taken in, which are not in it', async () => {
    const { opening, add, asked, passed } = world()
    const taken = Promise.withResolvers<void>()
    opening.step(async () => {
      await taken.promise
      return { type: 'snapshot', conversations: [], first: true, last: true }
    })
    add(7)
    await settled()
    add(8)
    taken.resolve()
    await settled()
    asked.get(7)?.resolve()
    await settled()
    asked.get(8)?.resolve()
    await opening.idle()
    expect(passed).toEqual(['snapshot', 7, 8])
  })

  it.each(['given up', 'finished'])(
    'passes over nothing when the client closes: what was under way is %s, what follows is left alone, and nothing is stored',
    async (how) => {
      const { opening, add, asked, opened, passed, saves } = world()
      add(0)
      await settled()
      // Those that wait meanwhile are one batch.
      add(1, 2, 3)
      asked.get(0)?.resolve()
      await settled()
      expect(passed).toEqual([0])
      opening.stop()
      if (how === 'finished') asked.get(1)?.resolve()
      else asked.get(1)?.reject(new Error('closing'))
      await opening.idle()
      expect([...asked.keys()]).toEqual([0, 1])
      expect(opened).toEqual(how === 'finished' ? [0, 1] : [0])
      expect(saves()).toBe(1)
      expect(passed).toEqual([0])
    },
  )
})
