import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { createBlockList } from '../../../../packages/client/src/account/block-list.ts'
import { encodeContent } from '../../../../packages/client/src/content/message-content.ts'
import { createDelivery } from '../../../../packages/client/src/delivery/delivery-queue.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createEventFeed, type EventFeed } from '../../../../packages/client/src/events/event-feed.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'
import { wireEvent } from './wire-event.ts'

const envelope = encodeContent({ messageId: 'm' }, { type: 'bytes', body: { bytes: 'AQI=' } })

interface Steps {
  readonly publish?: (event: ClientEvent) => Promise<void>
  readonly onMessage?: (event: WireEvent) => void
}

const world = ({ publish, onMessage }: Steps = {}) => {
  const store = createMemoryStore()
  const thrown: unknown[] = []
  const inner = createEventFeed((error) => thrown.push(error))
  const feed: EventFeed = {
    ...inner,
    publish: async (event) => {
      await publish?.(event)
      return inner.publish(event)
    },
  }
  const delivery = createDelivery({
    me: { userId: 'ann', deviceId: 'phone' },
    store,
    feed,
    clock: createVirtualClock(),
    blocks: createBlockList('ann', new Map()),
    replica: { apply: async () => () => [] },
    onMessage: (event) => {
      onMessage?.(event)
      return () => []
    },
    onError: (error) => thrown.push(error),
  })
  const add = (...revisions: readonly number[]) => {
    for (const revision of revisions)
      delivery.event(wireEvent(revision), { last: revision, out: false }, { envelope, before: [] })
  }
  const stored = async () => Object.fromEntries(await store.load())
  return { store, feed, delivery, add, stored, thrown }
}

const revisionOf = (given: ClientEvent): number => ('event' in given ? given.event.revision : -1)

describe('Delivery to the application', () => {
  it('stores a checkpoint only after everything before it was dealt with and stored [C6]', async () => {
    const { feed, delivery, add, stored } = world()
    const events = feed.events()
    add(0, 1)
    delivery.checkpoint('after 1')
    await settled()
    expect(await stored()).toEqual({})
    await events.next()
    await settled()
    expect(await stored()).toEqual({})
    const second = events.next()
    await settled()
    expect((await second).value).toMatchObject({ event: { revision: 1 } })
    expect(await stored()).toEqual({})
    void events.next()
    await delivery.idle()
    expect(await stored()).toEqual({ checkpoint: 'after 1', 'stream/c': { last: 1, out: false } })
  })

  it('does not count an event as handed over that nobody took before the end', async () => {
    const { feed, delivery, add, stored } = world()
    const events = feed.events()
    add(0, 1, 2)
    delivery.checkpoint('after 2')
    for (const expected of [0, 1]) expect(revisionOf((await events.next()).value)).toBe(expected)
    delivery.stop()
    feed.end()
    await delivery.idle()
    expect(await stored()).toEqual({ 'stream/c': { last: 1, out: false } })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('keeps events for the next loop when one is left', async () => {
    const { feed, add } = world()
    const seen: number[] = []
    add(0)
    const take = async (count: number) => {
      let left = count
      for await (const given of feed.events()) {
        seen.push(revisionOf(given))
        left -= 1
        if (left === 0) break
      }
    }
    const first = take(1)
    add(1, 2)
    await first
    await settled()
    add(3)
    await settled()
    await take(3)
    expect(seen.slice(-3)).toEqual([1, 2, 3])
  })

  it('waits for a handler, and survives one that throws', async () => {
    const { feed, delivery, add, thrown, stored } = world()
    let release = () => {}
    const seen: number[] = []
    feed.on('message', async (given) => {
      seen.push(given.event.revision)
      expect(given.plaintext).toEqual(new Uint8Array([1, 2]))
      await new Promise<void>((resolve) => {
        release = resolve
      })
      throw new Error('from the application')
    })
    add(0, 1)
    await settled()
    expect([seen, await stored()]).toEqual([[0], {}])
    release()
    await settled()
    expect(seen).toEqual([0, 1])
    release()
    await delivery.idle()
    expect(thrown).toHaveLength(2)
    expect(await stored()).toEqual({ 'stream/c': { last: 1, out: false } })
  })

  it('reports what cannot be built when it is stored, and stores all others', async () => {
    const { delivery, thrown, stored } = world()
    delivery.write(() => [{ key: 'before', value: 1 }])
    delivery.write(() => {
      throw new Error('cannot be built')
    })
    delivery.write(() => [{ key: 'after', value: 1 }])
    await delivery.idle()
    delivery.checkpoint('later')
    await delivery.idle()
    expect(thrown.map(String)).toEqual(['Error: cannot be built'])
    expect(await stored()).toEqual({ before: 1, after: 1, checkpoint: 'later' })
  })

  it.each(['the way to the application', 'what is stored along with it'])(
    'reports an event that %s cannot take, and goes on with the next one, now and after a restart',
    async (where) => {
      const poison = (revision: number) => {
        if (revision === 1) throw new Error('poison')
      }
      const { feed, delivery, add, thrown, stored } = world({
        publish: async (given) => (where.startsWith('the way') ? poison(revisionOf(given)) : undefined),
        onMessage: ({ revision }) => (where.startsWith('what') ? poison(revision) : undefined),
      })
      const seen: number[] = []
      feed.on('message', ({ event }) => void seen.push(event.revision))
      add(1)
      await delivery.idle()
      expect(thrown).toMatchObject([{ message: 'poison' }])
      expect(await stored()).toEqual({ 'stream/c': { last: 1, out: false } })
      add(2)
      await delivery.idle()
      expect(seen.at(-1)).toBe(2)
      expect(await stored()).toEqual({ 'stream/c': { last: 2, out: false } })
    },
  )

  it('writes what has moved on since as it is when it is written, not over what was stored meanwhile', async () => {
    const { store, feed, delivery, add, stored } = world()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    feed.on('message', () => released)
    let number = 1
    const change = () => [{ key: 'chain/c', value: number }]
    delivery.write(change)
    add(0)
    await settled()
    number = 2
    await store.write(change())
    release()
    await delivery.idle()
    expect(await stored()).toEqual({ 'chain/c': 2, 'stream/c': { last: 0, out: false } })
  })
})
