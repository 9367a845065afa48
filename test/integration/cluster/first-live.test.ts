import type { WireEvent } from '@backscroll/protocol/server-frames'
import { afterEach, expect, it } from 'vitest'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { type Participant, startGroup } from '../../support/server/conversation.ts'
import { restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens } from '../../support/server/tokens.ts'

let cluster: MemoryCluster | undefined
const sockets: ServerSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.drop()
  await cluster?.close()
})

const newcomers = Array.from({ length: 12 }, (_, n) => `new${n}`)

/** What came of a conversation, live and in pages, in its order. */
const eventsOf = (socket: ServerSocket, conversationId: string): readonly WireEvent[] =>
  socket.ofType('events').flatMap(({ events }) => events.filter(({ stream }) => stream.id === conversationId))

/** Says something all the time, until it is told to stop. */
const talking = (owner: Participant) => {
  let going = true
  const run = (async () => {
    for (let n = 0; going; n += 1) await owner.send(`message ${n}`)
  })()
  return async () => {
    going = false
    await run
  }
}

it.each([1, 2])(
  'a new member of a busy group in a cluster with %i logs: the first thing that it hears live is its joining',
  {
    timeout: 120_000,
  },
  async (logs) => {
    cluster = await openMemoryCluster({ BACKSCROLL_REQUESTS_PER_MINUTE: '1000000' }, logs)
    await cluster.start(['relay'])
    await cluster.start(['projector'])
    await cluster.start(['projector'])
    const fronts = [await cluster.start(['api', 'gateway', 'worker']), await cluster.start(['api', 'gateway'])]
    for (const { url } of fronts)
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    const tokens = await openTokens(cluster.directory)
    const alice = await restOf(fronts[0]?.url ?? '', tokens, 'alice')
    const rests = await Promise.all(newcomers.map((name, n) => restOf(fronts[n % 2]?.url ?? '', tokens, name)))
    for (const [n, name] of newcomers.entries()) {
      await rests[n]?.('GET', '/me')
      const url = (fronts[n % 2]?.url ?? '').replace(/^http/, 'ws')
      const socket = await openSocket(`${url}/ws`, await tokens(name))
      sockets.push(socket)
      expect(await socket.connect()).toMatchObject({ type: 'reply' })
    }
    const groups = await Promise.all(Array.from({ length: 4 }, () => startGroup(alice, [])))
    for (const rest of rests) {
      const stops = groups.map(({ owner }) => owner).map(talking)
      await new Promise((resolve) => setTimeout(resolve, 20))
      for (const stop of stops) await stop()
      for (const { owner } of groups) expect((await owner.add(rest)).status).toBe(200)
    }
    for (const { owner } of groups) await owner.send('last')
    for (const { conversationId } of groups) {
      for (const [n, socket] of sockets.entries()) {
        await expect
          .poll(() => eventsOf(socket, conversationId).filter(({ type }) => type === 'MessageSent').length, {
            timeout: 20_000,
          })
          .toBeGreaterThan(0)
        const joined = async () => (await rests[n]?.('GET', `/conversations/${conversationId}`))?.json.visibleFrom
        await expect.poll(joined, { timeout: 20_000 }).toBeDefined()
        const [first] = eventsOf(socket, conversationId)
        expect(first?.revision, `${newcomers[n]} in ${conversationId}`).toBe((await joined()).revision)
        expect(first?.type).toBe('MembersAdded')
        expect(socket.ofType('resync_needed'), 'it is all live').toEqual([])
      }
    }
  },
)
