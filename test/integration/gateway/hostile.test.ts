import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { clientFrameTypes } from '@backscroll/protocol/client-frames'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, token, type World } from '../../support/gateway/world.ts'

const field = fc.oneof(fc.uuid({ version: 7 }), fc.constantFrom(0, 1, -1, 'read', 'AAAA', true), fc.anything())

const frame = fc.record(
  {
    type: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...clientFrameTypes) },
      { weight: 1, arbitrary: fc.string() },
    ),
    id: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.anything()),
    ...{ conversationId: field, recipientId: field, messageId: field, clientSeq: field, afterClientSeq: field },
    ...{
      ciphertext: field,
      since: field,
      token: field,
      upToSeq: field,
      status: field,
      typing: field,
      relatesTo: field,
    },
  },
  { requiredKeys: ['type'] },
)

/** The bytes of a handshake, and what follows it. */
const handshake = (user: string): string =>
  [
    'GET /ws HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==',
    'Sec-WebSocket-Protocol: backscroll.v1',
    `Authorization: Bearer ${token(user)}`,
    '\r\n',
  ].join('\r\n')

describe('hostile clients', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld({
      framesPerSecond: 100_000,
      frameBurst: 100_000,
      maxMalformed: 100_000,
      maxInFlight: 10_000,
    })
  })
  afterEach(() => world.close())

  /** Still serves everybody else, and stored nothing. */
  const expectHealthy = async (): Promise<void> => {
    expect(await world.log.head()).toBe(0n)
    const group = await world.startGroup('carol', 'dave')
    const [carol, dave] = [
      await openClient(world.url, { user: 'carol' }),
      await openClient(world.url, { user: 'dave' }),
    ]
    await carol.connect()
    await dave.connect()
    expect(await carol.message(group, 1)).toMatchObject({ type: 'reply' })
    await dave.eventCount(1)
  }

  it('[T4] any frames get the closed codes only, and break nothing', async () => {
    const mallory = await openClient(world.url, { user: 'mallory' })
    await mallory.connect()
    const frames = fc.sample(frame, { numRuns: 500, seed: 7 })
    for (const one of frames) mallory.send({ ...one })
    for (const text of fc.sample(fc.string({ unit: 'binary' }), { numRuns: 200, seed: 7 })) mallory.raw(text)
    mallory.send({ type: 'launch', id: 9_999 })
    expect(await mallory.answer(9_999)).toMatchObject({ code: 'unknown_type' })
    expect(mallory.ofType('error').some(({ code }) => code === 'internal')).toBe(false)
    await expectHealthy()
  })

  it('bytes that are no WebSocket frames end that socket alone', async () => {
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(handshake('mallory'))
      await new Promise((resolve) => socket.once('data', resolve))
      socket.end(randomBytes(200))
    }
    await expect.poll(() => world.connections()).toBe(0)
    await expectHealthy()
  })

  it('a client that vanishes at any byte of its handshake or connect leaves nothing behind', async () => {
    const bytes = Buffer.from(handshake('mallory'))
    for (let length = 1; length <= bytes.length; length += 7) {
      const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.write(bytes.subarray(0, length), resolve))
      socket.destroy()
    }
    await expect.poll(() => world.connections()).toBe(0)
    await expectHealthy()
  })
})
