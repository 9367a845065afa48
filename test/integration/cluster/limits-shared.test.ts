import { afterEach, expect, it } from 'vitest'
import type { Running } from '../../../src/compose/running.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { callerOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

let cluster: MemoryCluster | undefined
const sockets: ServerSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.drop()
  await cluster?.close()
})

/** Two processes that users may come to as they like. */
const start = async (env: Readonly<Record<string, string>>) => {
  cluster = await openMemoryCluster(env)
  await cluster.start(['relay', 'projector'])
  const [one, two] = [await cluster.start(['api', 'gateway']), await cluster.start(['api', 'gateway'])]
  return { fronts: [one, two], tokens: await openTokens(cluster.directory) }
}

const connect = async ({ url }: Running, tokens: Tokens, user: string, device: string): Promise<ServerSocket> => {
  const socket = await openSocket(`${url.replace('http', 'ws')}/ws`, await tokens(user, device), device)
  sockets.push(socket)
  expect((await socket.connect())?.type).toBe('reply')
  return socket
}

it('P7: frames of a user are counted over sockets, reconnects and processes', { timeout: 60_000 }, async () => {
  const { fronts, tokens } = await start({ BACKSCROLL_FRAMES_PER_SECOND: '1', BACKSCROLL_FRAME_BURST: '96' })
  let taken = 0
  let limited = 0
  for (let round = 0; round < 8; round += 1) {
    const front = fronts[round % 2]
    if (front === undefined) throw new Error('there are two')
    const token = await tokens('mallory', `device${round}`)
    const socket = await openSocket(`${front.url.replace('http', 'ws')}/ws`, token, `device${round}`)
    sockets.push(socket)
    for (let n = 0; n < 30; n += 1) {
      const answer = n === 0 ? await socket.connect() : await socket.ask({ type: 'sync', since: 'x' })
      if (answer?.type === 'error' && answer.code === 'rate_limited') {
        expect(answer.retryAfterMs).toBeGreaterThan(0)
        limited += 1
      } else taken += 1
    }
    socket.drop()
  }
  expect(taken).toBeGreaterThanOrEqual(96)
  // What was told late, and what came back meanwhile.
  expect(taken).toBeLessThan(96 + 2 * 4 + 30)
  expect(limited).toBe(240 - taken)
  const [front] = fronts
  if (front !== undefined) await connect(front, tokens, 'ann', 'phone')
})

it('P7: requests of a user are counted over processes', async () => {
  const { fronts, tokens } = await start({ BACKSCROLL_REQUESTS_PER_MINUTE: '64' })
  const token = await tokens('mallory')
  const statuses: number[] = []
  for (let n = 0; n < 150; n += 1)
    statuses.push((await callerOf(fronts[n % 2]?.url ?? '', token)('GET', '/inbox')).status)
  const taken = statuses.filter((status) => status === 200).length
  expect(taken).toBeGreaterThanOrEqual(64)
  expect(taken).toBeLessThan(64 + 2 * 3 + 30)
  expect(statuses.at(-1)).toBe(429)
  expect((await callerOf(fronts[0]?.url ?? '', await tokens('ann'))('GET', '/inbox')).status).toBe(200)
})

it('P7: open sockets of a user are counted over processes', async () => {
  const { fronts, tokens } = await start({ BACKSCROLL_SOCKETS_PER_USER: '16' })
  let opened = 0
  for (let n = 0; n < 40; n += 1) {
    const front = fronts[n % 2]
    if (front === undefined) throw new Error('there are two')
    const opening = connect(front, tokens, 'mallory', `device${n}`)
    opened += await opening.then(
      () => 1,
      (error) => {
        expect(String(error)).toContain('HTTP 429')
        return 0
      },
    )
  }
  expect(opened).toBeGreaterThanOrEqual(16)
  expect(opened).toBeLessThanOrEqual(16 + 2)
  const [front] = fronts
  if (front !== undefined) await connect(front, tokens, 'ann', 'phone')
})

it('P7: who opens one socket after the other is told to wait', async () => {
  const { fronts, tokens } = await start({ BACKSCROLL_HANDSHAKES_PER_MINUTE: '20' })
  const [front] = fronts
  if (front === undefined) throw new Error('there are two')
  const token = await tokens('mallory')
  const outcomes: string[] = []
  for (let n = 0; n < 30; n += 1) {
    await openSocket(`${front.url.replace('http', 'ws')}/ws`, token).then(
      (socket) => {
        outcomes.push('open')
        socket.drop()
      },
      (error) => outcomes.push(String(error)),
    )
  }
  const opened = outcomes.filter((outcome) => outcome === 'open').length
  expect(opened).toBeGreaterThanOrEqual(20)
  expect(opened).toBeLessThan(28)
  expect(outcomes.at(-1)).toContain('HTTP 429')
  await connect(front, tokens, 'ann', 'phone')
})
