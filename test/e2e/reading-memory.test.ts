import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRawSocket } from '../support/network/raw-socket.ts'
import { startGroup, type TestConversation } from '../support/server/conversation.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { restOf } from '../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../support/server/socket.ts'
import { openTokens, type Tokens } from '../support/server/tokens.ts'

const mebibyte = 1024 * 1024
const messages = 120
const bytesEach = 45_000
const readers = Array.from({ length: 12 }, (_, index) => `reader${index}`)

/** What the server may grow by while it is read from, whoever reads and whoever does not: the budget of what is unread, and as much again for what is being made. */
const maxUnread = 128 * mebibyte
const maxGrowth = 384 * mebibyte

/** Bytes of memory that the server holds, without mapped files. */
const ownBytes = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

describe.skipIf(process.platform !== 'linux')('reading 7 MB each, all at once', () => {
  let server: ServerProcess
  let tokens: Tokens
  let conversation: TestConversation
  let ann: ServerSocket
  let since: string
  let sent = 0

  const send = async (): Promise<number> => {
    sent += 1
    const numbers = { clientSeq: sent, afterClientSeq: sent - 1 }
    const ciphertext = conversation.group.message('x'.repeat(bytesEach))
    const began = performance.now()
    const { conversationId } = conversation
    const answer = await ann.ask({
      type: 'send_message',
      conversationId,
      messageId: randomUUID(),
      ciphertext,
      ...numbers,
    })
    expect(answer?.type).toBe('reply')
    return performance.now() - began
  }

  beforeAll(async () => {
    server = await openServer({
      readyMs: 60_000,
      env: { BACKSCROLL_LOG_LEVEL: 'warn', BACKSCROLL_MAX_UNREAD_BYTES: String(maxUnread) },
    })
    await server.start()
    tokens = await openTokens(server.directory)
    const people = await Promise.all(readers.map((name) => restOf(server.url, tokens, name)))
    const started = await startGroup(await restOf(server.url, tokens, 'ann'), people)
    conversation = started
    const first = people[0]
    if (first === undefined) throw new Error('nobody reads')
    since = (await first('GET', '/sync/snapshot')).json.checkpoint
    ann = await openSocket(server.socketUrl, await tokens('ann', 'laptop'), 'laptop')
    await ann.connect()
    for (let batch = 0; batch < messages; batch += 20) await Promise.all(Array.from({ length: 20 }, send))
  }, 240_000)
  afterAll(() => server.discard())

  /** The most that the server grows by while `attack` goes on, and the longest time that somebody else's message took. */
  const during = async (attack: () => Promise<void>): Promise<{ growth: number; slowest: number }> => {
    const before = await ownBytes(server.pid())
    let most = before
    let slowest = 0
    let over = false
    const watch = async (): Promise<void> => {
      while (!over) {
        most = Math.max(most, await ownBytes(server.pid()))
        await sleep(20)
      }
    }
    const write = async (): Promise<void> => {
      while (!over) {
        slowest = Math.max(slowest, await send())
        await sleep(200)
      }
    }
    const watching = Promise.all([watch(), write()])
    await attack()
    over = true
    await watching
    expect(server.running()).toBe(true)
    return { growth: most - before, slowest }
  }

  const open = async (user: string, device: string): Promise<ServerSocket> =>
    openSocket(server.socketUrl, await tokens(user, device), device)

  const expectBounded = (found: { growth: number; slowest: number }, what: string): void => {
    console.log(
      `${what}: ${Math.round(found.growth / mebibyte)} MiB more, slowest acknowledgement ${Math.round(found.slowest)} ms`,
    )
    expect(found.growth, what).toBeLessThan(maxGrowth)
  }

  it('P7: 128 sync frames in one write, on each of ten sockets that do not read', { timeout: 90_000 }, async () => {
    const found = await during(async () => {
      const sockets = await Promise.all(readers.slice(0, 10).map((name) => open(name, 'tablet')))
      for (const socket of sockets) {
        await socket.connect()
        socket.ws.pause()
        for (let id = 1_000; id < 1_128; id += 1) socket.send({ type: 'sync', id, since, limit: 1_000 })
      }
      await sleep(8_000)
      for (const socket of sockets) socket.drop()
    })
    expectBounded(found, 'sync frames')
  })

  it('P7: answers over HTTP that nobody reads', { timeout: 90_000 }, async () => {
    const found = await during(async () => {
      const path = `/conversations/${conversation.conversationId}/events?limit=1000`
      const sockets = await Promise.all(
        readers.flatMap((name) =>
          Array.from({ length: 4 }, async () => {
            const head = [
              `GET ${path} HTTP/1.1`,
              'Host: localhost',
              `Authorization: Bearer ${await tokens(name)}`,
              '',
              '',
            ]
            const raw = openRawSocket(server.url)
            raw.socket.pause()
            for (let count = 0; count < 8; count += 1) raw.socket.write(head.join('\r\n'))
            return raw
          }),
        ),
      )
      await sleep(8_000)
      for (const { socket } of sockets) socket.destroy()
    })
    expectBounded(found, 'HTTP')
  })

  const hello = (device: string) => ({
    ...{ type: 'connect', deviceId: device, since, id: 1 },
    client: { name: 'test', version: '1', platform: 'node' },
  })

  /** True when it has everything; false when it was told to come later, or was closed. */
  const catchUp = async (user: string, device: string): Promise<boolean> => {
    const socket = await open(user, device)
    socket.send(hello(device))
    const isDone = () => socket.ofType('caught_up').length > 0
    const isOver = () => isDone() || socket.ofType('error').length > 0 || socket.ws.readyState === socket.ws.CLOSED
    while (!isOver()) await sleep(50)
    socket.drop()
    return isDone()
  }

  it('P7: 72 devices that resume at once, half of which do not read; the others get everything', async () => {
    const found = await during(async () => {
      const devices = readers.flatMap((user) =>
        Array.from({ length: 6 }, (_, index) => ({ user, device: `device${index}` })),
      )
      const silent = await Promise.all(
        devices
          .filter((_, index) => index % 2 === 0)
          .map(async ({ user, device }) => {
            const socket = await open(user, device)
            socket.ws.pause()
            socket.send(hello(device))
            return socket
          }),
      )
      const honest = devices.filter((_, index) => index % 2 === 1)
      await Promise.all(
        honest.map(async ({ user, device }) => {
          while (!(await catchUp(user, device))) await sleep(1_000)
        }),
      )
      for (const socket of silent) socket.drop()
    })
    expectBounded(found, 'resuming')
  }, 240_000)
})
