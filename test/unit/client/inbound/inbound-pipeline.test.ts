import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import type { ConnectionState } from '../../../../packages/client/src/connection/connection-state.ts'
import type { Answered } from '../../../../packages/client/src/connection/pending-requests.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createInbound } from '../../../../packages/client/src/inbound/inbound-pipeline.ts'
import type { DecryptingDelivery } from '../../../../packages/client/src/protection/decrypting-delivery.ts'
import { createPosition } from '../../../../packages/client/src/sync/position.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'

const event = (revision: number, type = 'MessageSent', data: WireEvent['data'] = {}): WireEvent => ({
  stream: { kind: 'conversation', id: 'c' },
  revision,
  position: String(revision + 1),
  type,
  at: 0,
  actor: { userId: 'bob', deviceId: 'd' },
  data,
})
const addsMe = (revision: number) => event(revision, 'MembersAdded', { members: [{ userId: 'ann', role: 'member' }] })
const removesMe = (revision: number) => event(revision, 'MemberRemoved', { userId: 'ann' })

const live: ConnectionState = { name: 'live', silenceMs: 0, deadline: 0 }
const full = 20_001

/** What comes in at a device that is in no conversation yet, on its way to an application that may be slow. */
const world = () => {
  const passed: number[] = []
  const asked: Answered[] = []
  let state: ConnectionState = live
  let queued = 0
  let caughtUp = () => {}
  const thrown: string[] = []
  /** Events that cannot be queued, so often. */
  const poison = new Map<number, number>()
  const clock = createVirtualClock()
  const delivery: DecryptingDelivery = {
    event: ({ revision }) => {
      const left = poison.get(revision) ?? 0
      poison.set(revision, left - 1)
      if (left > 0) throw new Error(`poison ${revision}`)
      passed.push(revision)
    },
    receipt: () => {},
    notice: () => {},
    checkpoint: () => {},
    write: () => {},
    step: () => {},
    processed: async () => {},
    size: () => queued,
    idle: () => new Promise((resolve) => (caughtUp = resolve)),
    stop: () => {},
  }
  const inbound = createInbound({
    me: { userId: 'ann', deviceId: 'phone' },
    streams: new Map(),
    account: undefined,
    position: createPosition('0'),
    delivery,
    clock,
    random: () => 0.5,
    connection: { ask: (_frame, answered) => asked.push(answered), dispatch: () => {}, state: () => state },
    ownEnvelope: () => undefined,
    onOwn: () => {},
    inDoubt: () => false,
    onError: (error) => thrown.push(String(error)),
  })
  return {
    passed,
    thrown,
    poison,
    clock,
    /** Syncs that were asked for. */
    asked: () => asked.length,
    push: (...events: readonly WireEvent[]) => inbound.push({ type: 'events', events: [...events] }),
    fill: () => {
      queued = full
    },
    catchUp: async () => {
      queued = 0
      caughtUp()
      await settled()
    },
    answer: async (events: readonly WireEvent[]) => {
      const checkpoint = events.at(-1)?.position ?? '0'
      asked.at(-1)?.resolve({ events, receipts: [], checkpoint, more: false })
      await settled()
    },
    lose: async () => {
      state = { name: 'connecting', attempt: 0, opened: false, fresh: false, deadline: 0 }
      asked.at(-1)?.reject(new BackscrollError('disconnected'))
      await settled()
    },
    resume: (events: readonly WireEvent[], checkpoint: string) => {
      inbound.push({ type: 'events', events: [...events], receipts: [], checkpoint })
      inbound.push({ type: 'caught_up', checkpoint })
      state = live
    },
  }
}

describe('Live events that the application is too slow for [C2] P4 P7', () => {
  it('are dropped, and so are later ones until a sync has brought what is missing', async () => {
    const { passed, asked, push, fill, catchUp, answer } = world()
    fill()
    push(addsMe(0), event(1))
    await catchUp()
    // It could be taken for the beginning of the conversation.
    push(addsMe(9))
    await answer([addsMe(0), event(1), removesMe(2)])
    expect(passed).toEqual([0, 1, 2])
    expect(asked()).toBe(2)
    await answer([addsMe(9)])
    push(event(10))
    expect(passed).toEqual([0, 1, 2, 9, 10])
    expect(asked()).toBe(2)
  })

  it('come with the resume when the connection is lost meanwhile', async () => {
    const { passed, asked, push, fill, catchUp, lose, resume } = world()
    fill()
    push(addsMe(0))
    await catchUp()
    push(event(1))
    await lose()
    resume([addsMe(0), event(1)], '2')
    push(event(2))
    expect(passed).toEqual([0, 1, 2])
    expect(asked()).toBe(1)
  })
})

describe('What cannot be taken in', () => {
  it('is reported and asked for again, and what came with it is not lost', async () => {
    const { passed, thrown, poison, push, answer, asked, clock } = world()
    push(addsMe(0))
    poison.set(1, 2)
    push(event(1), event(2))
    await settled()
    expect(thrown).toEqual(['Error: poison 1'])
    expect(asked()).toBe(1)
    await answer([event(1), event(2)])
    expect(thrown).toEqual(['Error: poison 1', 'Error: poison 1'])
    await clock.advance(60_000)
    expect(asked()).toBe(2)
    await answer([event(1), event(2)])
    push(event(3))
    expect(passed).toEqual([0, 1, 2, 3])
  })
})
