import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRawSocket, type RawSocket, statusesOf } from '../support/network/raw-socket.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { openTokens } from '../support/server/tokens.ts'

const head = (line: string, ...fields: readonly string[]): string =>
  [line, 'Host: localhost', ...fields, '', ''].join('\r\n')

const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
const key = 'Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ=='
const socketHead = (...fields: readonly string[]): string => head('GET /ws HTTP/1.1', ...upgrade, ...fields)
const last = head('GET /healthz HTTP/1.1', 'Connection: close')

/** What is sent, and the statuses that come back before the server closes. Where it stays a plain connection, a last request asks for the close. */
type Kind = readonly [title: string, bytes: string | Uint8Array, statuses: readonly number[]]

const upgrades: readonly Kind[] = [
  ['an upgrade of another path', head('GET /healthz HTTP/1.1', ...upgrade, key), [200]],
  ['an upgrade of an unknown path', head('GET /nowhere HTTP/1.1', ...upgrade, key), [404]],
  ['an upgrade of a path that cannot be decoded', head('GET /%zz HTTP/1.1', ...upgrade, key), [404]],
  ['an upgrade of a route that needs a token', head('GET /inbox HTTP/1.1', ...upgrade, key), [401]],
  ['an upgrade below /oauth', head('GET /oauth/nowhere HTTP/1.1', ...upgrade, key), []],
  [
    'an upgrade to HTTP/2',
    head(
      'GET /healthz HTTP/1.1',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ),
    [200],
  ],
  ['an upgrade of /ws to HTTP/2', head('GET /ws HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'), [426]],
  ['an upgrade by POST', head('POST /ws HTTP/1.1', ...upgrade, key, 'Content-Length: 0'), [405]],
  [
    'an upgrade of another spelling of the path',
    head('GET /%77s HTTP/1.1', ...upgrade, key, 'Sec-WebSocket-Version: 13'),
    [426],
  ],
  ['a handshake without a token', socketHead(key, 'Sec-WebSocket-Version: 13'), [401]],
  ['a handshake of another version', socketHead(key, 'Sec-WebSocket-Version: 99'), [426]],
  ['a handshake without a key', socketHead('Sec-WebSocket-Version: 13'), [400]],
  [
    'a handshake behind another request',
    head('GET /healthz HTTP/1.1') + socketHead(key, 'Sec-WebSocket-Version: 13'),
    [],
  ],
  ['a handshake with a query', head('GET /ws?a=b HTTP/1.1', ...upgrade, key, 'Sec-WebSocket-Version: 13'), [401]],
]

const oddities: readonly Kind[] = [
  ['a tunnel', head('CONNECT example.org:443 HTTP/1.1'), [405]],
  ['an expectation', head('GET /healthz HTTP/1.1', 'Expect: the-impossible'), [417]],
  ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
  ['no HTTP', 'hello\r\n\r\n', [400]],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['the beginning of TLS', Uint8Array.of(22, 3, 1, 0, 4, 1, 0, 0, 0), [400]],
  ['headers that are too large', head('GET /healthz HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`), [413]],
  ['two lengths', head('POST /accounts HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'), [400]],
  ['a length and chunks', head('POST /accounts HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked'), [400]],
  ['a method that nobody knows', head('BREW /healthz HTTP/1.1'), [400]],
  ['a method that is not served', head('TRACE /healthz HTTP/1.1') + last, [405, 200]],
]

/** These take until a time-out of the server. */
const slow: readonly Kind[] = [
  ['not one byte', '', [408]],
  ['headers that do not end', 'GET /healthz HTTP/1.1\r\nHost: local', [408]],
  [
    'a body that does not come',
    head('POST /accounts HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100'),
    [408],
  ],
  [
    'a chunk that does not come',
    `${head('POST /accounts HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}5\r\n{`,
    [408],
  ],
]

const linkOf = (pid: number, descriptor: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`)
  } catch {
    return ''
  }
}

const socketsOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((descriptor) => linkOf(pid, descriptor).startsWith('socket:')).length

describe.skipIf(process.platform !== 'linux')('requests that are refused', () => {
  let server: ServerProcess
  let authorization: string
  let before: number
  beforeAll(async () => {
    server = await openServer({ readyMs: 60_000 })
    await server.start()
    authorization = `Authorization: Bearer ${await (await openTokens(server.directory))('mallory')}`
    before = sockets()
  }, 90_000)
  afterAll(() => server.discard())

  const sockets = (): number => socketsOf(server.pid() ?? 0)

  const each = 10
  const openAll = (bytes: string | Uint8Array): readonly RawSocket[] =>
    Array.from({ length: each }, () => openRawSocket(server.url, bytes))

  const expectNoneLeft = async (opened: readonly RawSocket[], timeout: number): Promise<void> => {
    await expect.poll(() => sockets() - before, { timeout, interval: 100 }).toBeLessThan(each)
    for (const { socket } of opened) socket.destroy()
    await expect.poll(() => sockets(), { timeout: 15_000 }).toBeLessThanOrEqual(before)
  }

  const expectProblems = (one: RawSocket): void => {
    const types = [...one.text().matchAll(/content-type: ([^\r;]+)/gi)].map(([, type]) => type)
    const refusals = statusesOf(one).map((status, index) => [
      status >= 400,
      types[index] === 'application/problem+json',
    ])
    expect(
      refusals.every(([refused, problem]) => refused === problem),
      one.text(),
    ).toBe(true)
  }

  it.each([...upgrades, ...oddities])(
    'P7: %s leaves no socket behind, though its client does not close',
    async (_, bytes, statuses) => {
      const opened = openAll(bytes)
      if (statuses.length > 0) {
        for (const one of opened) {
          await expect.poll(() => statusesOf(one), { timeout: 5_000 }).toEqual(statuses)
          expectProblems(one)
        }
      } else await sleep(500)
      // Whatever is left is a connection that keeps alive, and answers.
      for (const { socket } of opened) if (statuses.length === 0) socket.end(last)
      await expectNoneLeft(opened, 15_000)
    },
  )

  it('P7: sockets that are upgraded and refused for their subprotocol are closed', async () => {
    const bytes = socketHead(key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: other', authorization)
    const opened = openAll(bytes)
    for (const one of opened) await expect.poll(() => statusesOf(one)).toEqual([400])
    await expectNoneLeft(opened, 5_000)
  })

  it('P7: clients that are slow or silent get 408, and are closed', { timeout: 90_000 }, async () => {
    const opened = slow.map(([title, bytes, statuses]) => ({ title, statuses, sockets: openAll(bytes) }))
    for (const { title, statuses, sockets } of opened) {
      for (const one of sockets)
        await expect.poll(() => statusesOf(one), { timeout: 45_000, message: title }).toEqual(statuses)
      for (const one of sockets) expect(one.text(), title).toContain('"temporary":true')
    }
    await expectNoneLeft(
      opened.flatMap(({ sockets }) => sockets),
      5_000,
    )
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/backscroll_http_refused_connections_total\{reason="request_timeout"\} [4-9]\d/)
    expect(server.output()).toContain('"reason":"request_timeout"')
  })

  it('ends in time when told to, with all of them open', async () => {
    const everything = [...upgrades, ...oddities, ...slow].flatMap(([, bytes]) => openAll(bytes))
    const opened = [
      ...everything,
      ...openAll(socketHead(key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: backscroll.v1', authorization)),
    ]
    await sleep(500)
    const began = performance.now()
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(performance.now() - began).toBeLessThan(9_000)
    for (const { socket } of opened) socket.destroy()
  })
})
