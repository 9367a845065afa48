import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../../packages/client/src/delivery/delivery-queue.ts'
import { createDecryptingDelivery } from '../../../../packages/client/src/protection/decrypting-delivery.ts'
import { wireEvent } from '../delivery/wire-event.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'

/** A protection that takes an event in when it is told to. */
const world = () => {
  const asked = new Map<number, PromiseWithResolvers<void>>()
  const opened: number[] = []
  const passed: (number | string)[] = []
  const clock = createVirtualClock()
  const thrown: string[] = []
  /** How often saving fails first. */
  const fails = { left: 0 }
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
      fails.left -= 1
      if (fails.left >= 0) throw new Error('not saved')
      saves += 1
    },
  }
  const opening = createDecryptingDelivery({
    ...{ delivery: delivery as Delivery, protection, clock, random: () => 0.5 },
    onError: (error) => thrown.push(String(error)),
  })
  const add = (...revisions: readonly number[]) => {
    for (const revision of revisions)
      opening.event(wireEvent(revision, 'GroupCommitted'), { last: revision, out: false }, undefined)
  }
  return { opening, add, asked, opened, passed, clock, thrown, fails, saves: () => saves }
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

  it('waits for a step that fails: it is reported, and tried again until it succeeds, and nothing is lost', async () => {
    const { opening, add, asked, passed, clock, thrown } = world()
    let left = 3
    opening.step(async () => {
      left -= 1
      if (left >= 0) throw new Error(`not yet, ${left}`)
      return { type: 'snapshot', conversations: [], first: true, last: true }
    })
    add(7)
    await clock.advance(60_000)
    asked.get(7)?.resolve()
    await settled()
    expect(thrown).toEqual(['Error: not yet, 2', 'Error: not yet, 1', 'Error: not yet, 0'])
    expect(passed).toEqual(['snapshot', 7])
  })

  it('is passed on once it is stored, however often that fails', async () => {
    const { opening, add, asked, passed, clock, thrown, fails } = world()
    fails.left = 2
    add(0)
    await settled()
    asked.get(0)?.resolve()
    await clock.advance(60_000)
    expect(thrown).toEqual(['Error: not saved', 'Error: not saved'])
    expect(passed).toEqual([0])
    await opening.idle()
  })

  it('does not wait for a step that fails when the client closes', async () => {
    const { opening, passed } = world()
    opening.step(async () => {
      throw new Error('never')
    })
    await settled()
    opening.stop()
    await opening.idle()
    expect(passed).toEqual([])
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
