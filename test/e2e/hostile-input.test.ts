import { randomUUID } from 'node:crypto'
import { closeCodes } from '@backscroll/protocol/close-codes'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeGroup } from '../support/groups/fake-group.ts'
import { sealedForm } from '../support/groups/sealed-form.ts'
import { hostileSegment, hostileText, innards } from '../support/server/hostile.ts'
import { expectProblem, secretText, useHostileWorld } from '../support/server/hostile-world.ts'
import { logHead } from '../support/server/log.ts'
import { openServer } from '../support/server/process.ts'
import type { Method } from '../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../support/server/socket.ts'
import { openTokens } from '../support/server/tokens.ts'

const world = useHostileWorld()

/** Frames whose every field is in order, about what mallory may not touch: nothing that comes of them may be stored. */
const framesOn = (conversationId: string, ciphertext: string) => {
  const message = {
    type: 'send_message',
    id: 7,
    conversationId,
    messageId: randomUUID(),
    ciphertext,
    clientSeq: 1,
    afterClientSeq: 0,
  }
  return [
    message,
    { ...message, relatesTo: { messageId: randomUUID(), revision: 1, kind: 'reply' } },
    { type: 'message_ack', id: 8, conversationId, upToSeq: 1, status: 'read' },
    { type: 'typing_indicator', id: 9, conversationId, typing: true, activity: 'recording' },
    { type: 'presence_subscribe', id: 12, userIds: ['alice', 'nobody'] },
    { type: 'presence_unsubscribe', id: 13, userIds: ['alice'] },
    { type: 'set_activity', id: 14, activity: 'away' },
    { type: 'sync', id: 10, since: 'x' },
    { type: 'reauth', id: 11, token: 'x.y.z' },
    { type: 'connect', id: 1, deviceId: 'phone', client: { name: 'x', version: '1', platform: 'y' } },
  ]
}

const allowedCloses: ReadonlySet<number> = new Set([...Object.values(closeCodes), 1003, 1007, 1009])

/** Sends the texts one after the other, over as many sockets as it takes, and answers what came back. */
const tell = async (texts: readonly string[], connected: boolean): Promise<readonly ServerSocket[]> => {
  const sockets: ServerSocket[] = []
  const open = async () => {
    const socket = await openSocket(world().server.socketUrl, await world().tokens('mallory', 'phone'))
    if (connected) await socket.connect()
    sockets.push(socket)
    return socket
  }
  let socket = await open()
  for (const text of texts) {
    if (socket.ws.readyState !== socket.ws.OPEN) socket = await open()
    socket.ws.send(text)
    // What comes back has come before this is answered, or the socket was closed.
    await socket.ask({ type: 'sync', since: 'marker' })
  }
  for (const one of sockets) one.drop()
  return sockets
}

/** Every code that came, so that the fuzz is known to have reached each check. */
const codes = new Set<string>()

const expectRefusals = (sockets: readonly ServerSocket[]): void => {
  for (const socket of sockets) {
    const errors = socket.ofType('error')
    for (const { code } of errors) codes.add(code)
    expect(errors.filter(({ code }) => code === 'internal')).toEqual([])
    expect(JSON.stringify(errors)).not.toMatch(innards)
    expect(socket.ofType('events')).toEqual([])
  }
}

describe('hostile input', () => {
  beforeEach(() => codes.clear())

  it.each([true, false])(
    '[T3] [T4] whatever text a frame is (connected: %s), only closed error codes come back and nothing is stored',
    async (connected) => {
      const head = logHead(world().server.directory)
      const frames = framesOn(world().foreign, world().secret)
      // Undamaged, so that each check is reached whatever chance brings afterwards.
      const asTheyAre = frames.map((frame) => JSON.stringify(frame))
      expectRefusals(await tell(asTheyAre, connected))
      const texts = fc.array(hostileText(frames), { minLength: 10, maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(texts, async (list) => {
          expectRefusals(await tell(list, connected))
          await world().expectUnharmed(head)
        }),
        { numRuns: 50, interruptAfterTimeLimit: 15_000 },
      )
      const reached = ['malformed', 'invalid', 'unknown_type', connected ? 'not_found' : 'not_connected']
      expect([...codes]).toEqual(expect.arrayContaining(reached))
    },
    60_000,
  )

  it('[T7] binary, oversized and fragmented frames end the socket or are refused, and harm nobody else', async () => {
    const head = logHead(world().server.directory)
    for (const data of [
      Buffer.from([0, 1, 2]),
      Buffer.alloc(1024, 0xff),
      'x'.repeat(200_000),
      'x'.repeat(20_000_000),
    ]) {
      const socket = await openSocket(world().server.socketUrl, await world().tokens('mallory'))
      await socket.connect()
      socket.ws.send(data)
      const ended = await socket.until(
        () => socket.ofType('error')[0]?.code ?? (socket.ws.readyState === socket.ws.CLOSED ? 'closed' : undefined),
        'a refusal',
      )
      if (ended === 'closed') expect([...allowedCloses, 1006]).toContain(await socket.closed())
      socket.drop()
    }
    await world().expectUnharmed(head)
  })

  it('[T7] a flood is answered by rate_limited and ended by 4503, while others are served', async () => {
    const limited = await openServer({ env: { BACKSCROLL_FRAMES_PER_SECOND: '50', BACKSCROLL_FRAME_BURST: '100' } })
    try {
      await limited.start()
      const issue = await openTokens(limited.directory)
      const socket = await openSocket(limited.socketUrl, await issue('mallory'))
      await socket.connect()
      for (let n = 0; n < 20_000; n += 1)
        socket.send({ type: 'typing_indicator', id: n + 10, conversationId: world().foreign, typing: true })
      expect(await socket.closed()).toBe(4503)
      const codes = new Set(socket.ofType('error').map(({ code }) => code))
      expect([...codes].filter((code) => !['rate_limited', 'not_found', 'too_many_in_flight'].includes(code))).toEqual(
        [],
      )
      expect(codes).toContain('rate_limited')
      const other = await openSocket(limited.socketUrl, await issue('alice'))
      expect((await other.connect())?.type).toBe('reply')
      other.drop()
    } finally {
      await limited.discard()
    }
  }, 60_000)

  it('[R3] whatever a request body, path or query is, the answer is a problem of the closed list and nothing is stored', async () => {
    const head = logHead(world().server.directory)
    const { mallory, foreign, secret: ciphertext } = world()
    const numbers = { clientSeq: 1, afterClientSeq: 0 }
    const conversationId = randomUUID()
    const group = createFakeGroup(conversationId).begin(mallory.device)
    const joining = createFakeGroup(foreign).join(mallory.device)
    const { change, ...rest } = joining
    const admin = { ...rest, change: { ...change, role: { userId: 'bob', role: 'admin' } }, ...numbers }
    const routes: readonly (readonly [Method, string, Readonly<Record<string, unknown>>])[] = [
      ['POST', '/messages', { conversationId: foreign, messageId: randomUUID(), ciphertext, ...numbers }],
      ['POST', '/conversations', { conversationId, members: ['bob'], group, ...numbers }],
      ['PATCH', `/conversations/${foreign}`, { name: sealedForm('x'), ...numbers }],
      ['POST', `/conversations/${foreign}/commits`, { ...joining, ...numbers }],
      ['POST', `/conversations/${foreign}/commits`, admin],
      ['POST', `/conversations/${foreign}/ack`, { upToSeq: 1, status: 'read' }],
    ]
    const bodies = fc
      .constantFrom(...routes)
      .chain(([method, path, template]) => hostileText([template]).map((body) => ({ method, path, body })))
    const paths = fc
      .tuple(fc.constantFrom(...readPaths), hostileSegment)
      .map(([path, segment]) => ({ method: 'GET' as const, path: path.replace('{}', segment), body: undefined }))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 3, arbitrary: bodies }, { weight: 1, arbitrary: paths }),
        async ({ method, path, body }) => {
          const stores = path === '/conversations' && harmless(body)
          if (!stores) expectProblem(await mallory(method, path, body), `${method} ${path} ${body?.slice(0, 200)}`)
        },
      ),
      { numRuns: 600, interruptAfterTimeLimit: 20_000 },
    )
    await world().expectUnharmed(head)
  }, 60_000)

  it('neither tokens nor content nor a failure of the server is in what it printed', async () => {
    const printed = world().server.output()
    expect(printed.length).toBeGreaterThan(1000)
    for (const token of new Set(world().issued))
      expect(printed.includes(token) || printed.includes(token.split('.')[2] ?? token)).toBe(false)
    for (const secret of [secretText, world().secret]) expect(printed).not.toContain(secret)
    expect(printed).not.toMatch(/"level":"(error|fatal)"/)
  })
})

const readPaths = [
  ...[
    '/conversations/{}',
    '/conversations/{}/events',
    '/conversations/{}/members',
    '/messages?conversationId={}',
    '/messages/{}/receipts',
  ],
  ...[
    '/inbox?cursor={}',
    '/sync?since={}',
    '/sync/snapshot?cursor={}',
    '/inbox?x{}=1',
    '/inbox?atLeast={}x',
    '/nothing/{}',
  ],
]

/** Damage that leaves a valid request; nothing is wrong with storing it. */
const harmless = (body: string | undefined): boolean => {
  try {
    const value = JSON.parse(body ?? '')
    const known = ['conversationId', 'members', 'group', 'clientSeq', 'afterClientSeq', 'name', 'description']
    return (
      Object.keys(value).every((name) => known.includes(name)) &&
      [[], undefined].some((one) => `${one}` === `${value.members}`)
    )
  } catch {
    return false
  }
}
