import { randomUUID } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { afterEach, describe, expect, it } from 'vitest'
import { deviceId, messageId, userId } from '../../../src/domain/ids.ts'
import type { GatewayDeps } from '../../../src/gateway/gateway-parts.ts'
import { openClient, type TestClient } from '../../support/gateway/client.ts'
import { createWorld, type World } from '../../support/gateway/world.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'

/** Messages of bob's tablet, which has no socket; resolves when they were fanned out. */
const write = async (world: World, group: string, from: number, to: number, content = ''): Promise<void> => {
  const actor = { userId: userId('bob'), deviceId: deviceId('tablet') }
  const sent = Array.from({ length: to - from + 1 }, (_, index) => {
    const clientSeq = from + index
    const numbers = { clientSeq, afterClientSeq: clientSeq - 1, messageId: messageId(randomUUID()) }
    return world.commands.execute(group, { type: 'SendMessage', actor, ...numbers }, encryptedTo(group, content))
  })
  await Promise.all(sent)
  const head = await world.log.head()
  await expect.poll(() => world.dispatched(), { interval: 1 }).toEqual([head])
}

/** Lets a test hold every page of a resume until it says so. */
const createGate = () => {
  const waiting: (() => void)[] = []
  let open = false
  const pass = (): Promise<void> => (open ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)))
  const bend = ({ sync }: GatewayDeps): Partial<GatewayDeps> => ({
    sync: {
      ...sync,
      resume: async (user, since) => {
        const cursor = await sync.resume(user, since)
        return {
          next: async (limit) => {
            const page = await cursor.next(limit)
            await pass()
            return page
          },
        }
      },
    },
  })
  const release = (count: number): void => {
    for (const next of waiting.splice(0, count)) next()
  }
  return {
    bend,
    waiting,
    release,
    openUp: (): void => {
      open = true
      release(waiting.length)
    },
  }
}

const revisions = (client: TestClient): number[] => client.events().map((event) => event.revision)
/** The start of the conversation and the commit of its encryption group come first. */
const revisionOf = (message: number): number => message + 1
const upTo = (message: number): number[] => Array.from({ length: revisionOf(message) + 1 }, (_, revision) => revision)

describe('resume', () => {
  let world: World
  afterEach(() => world.close())

  const prepare = async (gate?: ReturnType<typeof createGate>, config = {}) => {
    world = await createWorld(config, gate?.bend)
    const since = world.checkpoint([0n])
    const group = await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    return { since, group, alice }
  }

  it('[C2] pushes pages oldest first, then caught_up, then live events without a checkpoint', async () => {
    const { since, group, alice } = await prepare(undefined, { resumePage: 4 })
    await write(world, group, 1, 9)
    expect(await alice.connect(since)).toMatchObject({ result: { recovered: true } })
    const caughtUp = await alice.next('caught_up')
    await write(world, group, 10, 10)
    await alice.eventCount(12)
    expect(revisions(alice)).toEqual(upTo(10))
    const pages = alice.ofType('events')
    expect(pages.map(({ events, checkpoint }) => [events.length, checkpoint !== undefined])).toEqual([
      [4, true],
      [4, true],
      [3, true],
      [1, false],
    ])
    expect(pages[2]?.checkpoint).toBe(caughtUp.checkpoint)
  })

  it('[C2] loses and repeats nothing of what happens while the pages are read', async () => {
    const gate = createGate()
    const { since, group, alice } = await prepare(gate)
    await write(world, group, 1, 3)
    await alice.connect(since)
    await expect.poll(() => gate.waiting.length).toBe(1)
    await write(world, group, 4, 6)
    gate.openUp()
    await alice.next('caught_up')
    await alice.eventCount(8)
    expect(revisions(alice)).toEqual(upTo(6))
  })

  it('[C2] makes one more round of pages when the buffer overflowed meanwhile', async () => {
    const gate = createGate()
    const { since, group, alice } = await prepare(gate, { bufferEvents: 3 })
    await alice.connect(since)
    await expect.poll(() => gate.waiting.length).toBe(1)
    await write(world, group, 1, 20)
    gate.openUp()
    await alice.next('caught_up')
    expect(revisions(alice)).toEqual(upTo(20))
    expect(alice.ofType('resync_needed')).toEqual([])
  })

  it('[C2] [T7] tells a device whose buffer overflows in the second round too that it is caught up, and sends it to sync', async () => {
    const gate = createGate()
    const { since, group, alice } = await prepare(gate, { bufferEvents: 3 })
    await alice.connect(since)
    await expect.poll(() => gate.waiting.length).toBe(1)
    await write(world, group, 1, 10)
    gate.release(1)
    await expect.poll(() => gate.waiting.length).toBe(1)
    await write(world, group, 11, 20)
    gate.openUp()
    await alice.next('caught_up')
    await alice.next('resync_needed')
    const checkpoint = alice.ofType('events').at(-1)?.checkpoint
    expect(await alice.request({ type: 'sync', since: checkpoint })).toMatchObject({ result: { more: false } })
    await write(world, group, 21, 21)
    await alice.eventCount(13)
    expect(revisions(alice).at(-1)).toBe(revisionOf(21))
  })

  it('[C3] answers recovered:false to a checkpoint of another epoch and is live at once', async () => {
    const { group, alice } = await prepare()
    expect(await alice.connect('bm9uc2Vuc2U')).toMatchObject({ type: 'reply', result: { recovered: false } })
    await write(world, group, 1, 1)
    await alice.eventCount(1)
    expect(alice.ofType('caught_up')).toEqual([])
  })

  it('answers a resume that cannot begin now with a temporary error, and takes the same frame again', async () => {
    let behind = true
    world = await createWorld({}, ({ sync }) => ({
      sync: {
        ...sync,
        resume: async (user, since) => {
          if (behind) throw new ProtocolError('behind', undefined, { retryAfterMs: 5 })
          return sync.resume(user, since)
        },
      },
    }))
    const alice = await openClient(world.url, { user: 'alice' })
    const since = world.checkpoint([0n])
    expect(await alice.connect(since)).toMatchObject({ code: 'behind', temporary: true, retryAfterMs: 5 })
    behind = false
    expect(await alice.connect(since)).toMatchObject({ result: { recovered: true } })
    await alice.next('caught_up')
  })

  it('[C3] never leaves half a recovery: a resume that fails closes with 4004', async () => {
    world = await createWorld({}, ({ sync }) => ({
      sync: {
        ...sync,
        resume: async () => ({ next: () => Promise.reject(new ProtocolError('unavailable')) }),
      },
    }))
    const alice = await openClient(world.url, { user: 'alice' })
    expect(await alice.connect(world.checkpoint([0n]))).toMatchObject({ result: { recovered: true } })
    expect(await alice.closed()).toBe(4004)
  })

  it('[C2][M5] receipts never go back, in whatever order they come while the pages are read and afterwards', async () => {
    const gate = createGate()
    const of = { conversationId: randomUUID(), userId: 'bob', deviceId: 'phone', at: 1 }
    world = await createWorld({}, (deps) => {
      const { sync } = { ...deps, ...gate.bend(deps) }
      const resume: typeof sync.resume = async (user, since) => {
        const cursor = await sync.resume(user, since)
        return { next: async (limit) => ({ ...(await cursor.next(limit)), receipts: [{ ...of, delivered: 604 }] }) }
      }
      return { sync: { ...sync, resume } }
    })
    const since = world.checkpoint([0n])
    await world.startGroup('alice', 'bob')
    const head = await world.log.head()
    const tell = (position: bigint, delivered: number) => {
      const receipts = [{ ...of, delivered }]
      world.gateway.sink.receipts([{ ...of, position, audience: ['alice'], receipts }])
    }
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect(since)
    await expect.poll(() => gate.waiting.length).toBe(1)
    tell(head + 10n, 700)
    tell(head - 1n, 498)
    tell(head, 499)
    gate.openUp()
    await alice.next('caught_up')
    tell(head, 550)
    tell(head + 11n, 800)
    const told = () =>
      alice.frames.flatMap((frame) => ('receipts' in frame ? (frame.receipts ?? []) : [])).map((one) => one.delivered)
    await expect.poll(() => told().at(-1)).toBe(800)
    expect(told()).toEqual([604, 700, 800])
  })

  it('survives a socket that ends in the middle of a resume', async () => {
    const gate = createGate()
    const { since, alice } = await prepare(gate)
    await alice.connect(since)
    await expect.poll(() => gate.waiting.length).toBe(1)
    alice.ws.terminate()
    await expect.poll(() => world.connections()).toBe(0)
    gate.openUp()
    const again = await openClient(world.url, { user: 'alice' })
    await again.connect(since)
    await again.next('caught_up')
  })
})

describe('slow readers', () => {
  let world: World
  afterEach(() => world.close())

  /** As much as a message may hold, nearly. */
  const big = 'A'.repeat(48_000)

  const setUp = async (config = {}) => {
    const counts = { delivered: 0, resyncs: 0 }
    world = await createWorld({ maxPendingBytes: 128 * 1024, ...config }, () => ({
      metrics: {
        connectionOpened: () => undefined,
        connectionClosed: () => undefined,
        frameReceived: () => undefined,
        written: () => undefined,
        delivered: (count) => {
          counts.delivered += count
        },
        resyncNeeded: () => {
          counts.resyncs += 1
        },
      },
    }))
    const group = await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect()
    return { counts, group, alice }
  }

  /** Writes until the server has given up on the paused client; returns the last clientSeq. */
  const overwhelm = async (group: string, counts: { resyncs: number }): Promise<number> => {
    let last = 0
    for (; counts.resyncs === 0 && last < 2_000; last += 10) await write(world, group, last + 1, last + 10, big)
    return last
  }

  it('[T7] a reader that is too slow gets resync_needed once, no live events until it synced, and then all of them', async () => {
    const { counts, group, alice } = await setUp()
    alice.ws.pause()
    const last = await overwhelm(group, counts)
    const before = counts.delivered
    await write(world, group, last + 1, last + 20, big)
    expect(counts).toEqual({ delivered: before, resyncs: 1 })

    alice.ws.resume()
    await alice.next('resync_needed')
    const live = alice.events().length
    let since = world.checkpoint([0n])
    const synced: number[] = []
    for (let more = true; more; ) {
      const answer = await alice.request({ type: 'sync', since, limit: 100 })
      if (answer.type !== 'reply') throw new Error(JSON.stringify(answer))
      const page = answer.result as { events: { revision: number }[]; checkpoint: string; more: boolean }
      synced.push(...page.events.map((event) => event.revision))
      since = page.checkpoint
      more = page.more
    }
    expect(synced).toEqual(upTo(last + 20))
    await write(world, group, last + 21, last + 21)
    await alice.eventCount(live + 1)
    expect(revisions(alice).at(-1)).toBe(revisionOf(last + 21))
    expect(alice.ofType('resync_needed')).toHaveLength(1)
  })

  it('[T7] a socket that does not drain in time is closed with 4003', async () => {
    const { counts, group, alice } = await setUp({ drainTimeoutMs: 60 })
    alice.ws.pause()
    await overwhelm(group, counts)
    // Longer than the time that it has, by the same event loop.
    await new Promise((resolve) => setTimeout(resolve, 400))
    alice.ws.resume()
    expect(await alice.closed()).toBe(4003)
  })

  it('[C4] a device that is not behind may sync as well, and stays live', async () => {
    const { group, alice } = await setUp()
    await write(world, group, 1, 3)
    await alice.eventCount(3)
    const answer = await alice.request({ type: 'sync', since: world.checkpoint([0n]), limit: 2 })
    expect(answer).toMatchObject({ type: 'reply', result: { events: [{ revision: 0 }, { revision: 1 }], more: true } })
    expect(await alice.request({ type: 'sync', since: 'bm9uc2Vuc2U' })).toMatchObject({ code: 'snapshot_required' })
    await write(world, group, 4, 4)
    await alice.eventCount(4)
  })
})
