import { describe, expect, it } from 'vitest'
import { createHub } from '../../../../src/gateway/delivery/hub.ts'
import { createSocketWrites } from '../../../../src/gateway/delivery/socket-writes.ts'
import { noGatewayMetrics } from '../../../../src/gateway/gateway-metrics.ts'
import { createRegistry } from '../../../../src/gateway/sessions/local-sessions.ts'
import { createSession, type Session } from '../../../../src/gateway/sessions/session.ts'
import type { RecordedEvent } from '../../../../src/ports/event-log.ts'

/** A socket that takes everything and counts its writes. */
const fakeSocket = () => {
  const writes: (string | Buffer)[] = []
  const socket = {
    writableLength: 0,
    write: (chunk: string | Buffer) => {
      writes.push(chunk)
      return true
    },
    cork: () => undefined,
    uncork: () => undefined,
    once: () => socket,
    off: () => socket,
  }
  return { socket, writes }
}

const ws = {
  readyState: 1 as const,
  isPaused: false,
  close: () => undefined,
  terminate: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
}

const setUp = () => {
  const registry = createRegistry()
  const slow: Session[] = []
  const outlet = createSocketWrites({
    maxPendingBytes: 1_000,
    metrics: noGatewayMetrics,
    unread: { note: () => undefined },
    onDropped: () => undefined,
    onSlow: (one) => slow.push(one),
  })
  const bounds = { bufferEvents: 10, bufferBytes: 10_000 }
  const hub = createHub({ registry, outlet, metrics: noGatewayMetrics, bounds })
  const join = (userId: string, deviceId = 'phone') => {
    const { socket, writes } = fakeSocket()
    const times = { expiresAt: Number.MAX_SAFE_INTEGER, issuedAt: undefined, connectBy: 0, due: () => undefined }
    const bucket = { tokens: 1, at: 0 }
    const session = createSession({ id: userId, userId, deviceId, ws, socket, bucket, prove: undefined, ...times })
    session.state = { name: 'live' }
    registry.add(session)
    return { session, writes, socket, text: () => writes.map((chunk) => chunk.toString('latin1')).join('') }
  }
  return { hub, outlet, join, slow }
}

const event = (conversation: string, position: number, userId: string, deviceId = 'phone'): RecordedEvent => ({
  stream: `conversation-${conversation}`,
  revision: position,
  position: BigInt(position),
  id: `${position}`,
  type: 'MessageSent',
  version: 1,
  at: 0,
  userId,
  deviceId,
  data: '{}',
  body: 'AAAA',
})

const turn = () => new Promise((resolve) => setImmediate(resolve))
const count = (text: string, part: string): number => text.split(part).length - 1

describe('hub', () => {
  it('merges events of several conversations for one session into one frame and one write', async () => {
    const { hub, join } = setUp()
    const bob = join('bob')
    hub.events([
      { conversationId: 'one', audience: ['alice', 'bob'], events: [event('one', 1, 'alice')] },
      { conversationId: 'two', audience: ['carol', 'bob'], events: [event('two', 2, 'carol')] },
    ])
    hub.events([{ conversationId: 'one', audience: ['alice', 'bob'], events: [event('one', 3, 'alice')] }])
    await turn()
    expect(bob.writes).toHaveLength(1)
    expect(count(bob.text(), '"type":"events"')).toBe(1)
    expect(count(bob.text(), '"revision"')).toBe(3)
  })

  it('writes the very same bytes to all of a large audience', async () => {
    const { hub, join } = setUp()
    const users = Array.from({ length: 20 }, (_, index) => `user${index}`)
    const joined = users.map((user) => join(user))
    hub.events([{ conversationId: 'g', audience: users, events: [event('g', 1, 'user0'), event('g', 2, 'user1')] }])
    await turn()
    expect(new Set(joined.flatMap(({ writes }) => writes)).size).toBe(1)
    expect(count(joined[0]?.text() ?? '', '"revision"')).toBe(2)
  })

  it.each([2, 20])('leaves out only what this connection was told by an answer, in an audience of %i', async (size) => {
    const { hub, join } = setUp()
    const audience = Array.from({ length: size }, (_, index) => `user${index}`)
    const [phone, laptop, other] = [join('user0'), join('user0', 'laptop'), join('user1')]
    phone.session.acknowledged = new Set(['g@1'])
    const events = [event('g', 1, 'user0'), event('g', 2, 'user1'), event('g', 3, 'user0')]
    hub.events([{ conversationId: 'g', audience, events }])
    await turn()
    expect([phone, laptop, other].map(({ text }) => count(text(), '"revision"'))).toEqual([2, 3, 3])
    expect(phone.text()).not.toContain('"revision":1,')
    expect(phone.session.acknowledged).toBeUndefined()
  })

  it('[T7] reports a socket that does not drain, and sends nothing while it lags', async () => {
    const { hub, join, slow } = setUp()
    const bob = join('bob')
    bob.socket.writableLength = 2_000
    const delta = { conversationId: 'one', audience: ['bob'], events: [event('one', 1, 'alice')] }
    hub.events([delta])
    await turn()
    expect(slow).toEqual([bob.session])
    bob.session.state = { name: 'lagging' }
    hub.events([delta])
    hub.receipts([
      {
        conversationId: 'one',
        position: 2n,
        audience: ['bob'],
        receipts: [{ conversationId: 'one', userId: 'a', deviceId: 'd', at: 1 }],
      },
    ])
    await turn()
    expect(bob.writes).toHaveLength(1)
  })

  it('pushes receipts beside the events of the turn', async () => {
    const { hub, join } = setUp()
    const alice = join('alice')
    const receipt = { conversationId: 'one', userId: 'bob', deviceId: 'phone', read: 3, at: 5 }
    hub.events([{ conversationId: 'one', audience: ['alice'], events: [event('one', 1, 'bob')] }])
    hub.receipts([{ conversationId: 'one', position: 2n, audience: ['alice'], receipts: [receipt] }])
    await turn()
    expect(alice.text()).toContain(`],"receipts":[${JSON.stringify(receipt)}]}`)
    expect(count(alice.text(), '"type":"events"')).toBe(1)
  })

  it('[M5] pushes no receipt that comes later than the page that told more', async () => {
    const { hub, join } = setUp()
    const alice = join('alice')
    alice.session.told = [7n]
    const moved = (position: bigint, delivered: number) => ({
      ...{ conversationId: 'one', position, audience: ['alice'] },
      receipts: [{ conversationId: 'one', userId: 'bob', deviceId: 'phone', delivered, at: 5 }],
    })
    hub.receipts([moved(6n, 499), moved(7n, 604), moved(8n, 610)])
    await turn()
    expect(alice.text()).toContain('"delivered":610')
    expect(count(alice.text(), '"delivered"')).toBe(1)
  })

  it('writes nothing to a socket that has begun to close', async () => {
    const { hub, join } = setUp()
    const bob = join('bob')
    Object.assign(bob.session, { ws: { ...ws, readyState: 2 } })
    hub.events([{ conversationId: 'one', audience: ['bob'], events: [event('one', 1, 'alice')] }])
    await turn()
    expect(bob.writes).toEqual([])
  })
})
