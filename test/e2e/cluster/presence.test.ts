import { setTimeout as sleep } from 'node:timers/promises'
import type { Presence } from '@backscroll/protocol/presence'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { startGroup } from '../../support/server/conversation.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()
const timeout = 240_000
const ttlMs = 6_000

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'presence in a cluster of real processes',
  () => {
    let world: ClusterWorld
    let one: ServerProcess
    let two: ServerProcess
    let tokens: Tokens
    let alice: RestUser
    let watching: ServerSocket
    let members: readonly string[]

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_PRESENCE_TTL_MS: String(ttlMs) })
      const rest = await world.process(['relay', 'projector', 'worker'])
      one = await world.process(['api', 'gateway'])
      two = await world.process(['api', 'gateway'])
      await Promise.all([rest, one, two].map((process) => process.start()))
      tokens = await openTokens(world.directory)
      alice = await restOf(one.url, tokens, 'alice')
      members = Array.from({ length: 50 }, (_, index) => `member-${index}`)
      await startGroup(alice, members)
      watching = await openSocket(one.socketUrl, await tokens('alice'))
      await watching.connect()
    }, timeout)
    afterAll(async () => {
      watching?.drop()
      await world?.discard()
    }, timeout)

    const told = (): ReadonlyMap<string, boolean> =>
      new Map(watching.ofType('presence').flatMap(({ presences }) => presences.map((p) => [p.userId, p.online])))
    const untilAll = (online: boolean) =>
      expect
        .poll(() => members.filter((member) => (told().get(member) ?? false) === online).length, {
          timeout: 60_000,
          interval: 100,
        })
        .toBe(members.length)
    const connectAll = (gateway: ServerProcess) =>
      Promise.all(
        members.map(async (member) => {
          const socket = await openSocket(gateway.socketUrl, await tokens(member))
          await socket.connect()
          return socket
        }),
      )

    it('users of another gateway come online, and one goes offline when the device says it is away', {
      timeout,
    }, async () => {
      const answer = await watching.ask({ type: 'presence_subscribe', userIds: members })
      const { presences } = (answer?.type === 'reply' ? answer.result : {}) as { presences: readonly Presence[] }
      expect(presences.filter(({ online }) => online)).toEqual([])
      const sockets = await connectAll(two)
      await untilAll(true)
      await sockets[0]?.ask({ type: 'set_activity', activity: 'away' })
      await watching.until(() => (told().get('member-0') === false ? true : undefined), 'the one who is away')
      await sockets[0]?.ask({ type: 'set_activity', activity: 'active' })
      await untilAll(true)
    })

    it('users of a killed gateway go offline, and each comes back once at the other gateway', {
      timeout,
    }, async () => {
      const before = watching.ofType('presence').flatMap(({ presences }) => presences).length
      await two.stop('SIGKILL')
      const since = performance.now()
      await untilAll(false)
      console.info(`all offline ${Math.round(performance.now() - since)} ms after kill -9 of their gateway`)
      const { json } = await alice('GET', '/presence/member-1')
      expect(json).toMatchObject({ online: false, lastSeenAt: null })
      const sockets = await connectAll(one)
      await untilAll(true)
      expect(watching.ofType('presence').flatMap(({ presences }) => presences).length - before).toBe(2 * members.length)
      for (const socket of sockets) socket.drop()
      await untilAll(false)
      const seen = (await alice('GET', '/presence/member-1')).json.lastSeenAt
      expect(Math.abs(seen - Date.now())).toBeLessThan(180_000)
    })

    it('users who move to another gateway are never shown as offline', {
      timeout,
    }, async () => {
      await connectAll(one)
      await untilAll(true)
      await two.start()
      const before = watching.ofType('presence').length
      // Each connection replaces the connection of the same device at the first gateway.
      const moved = await connectAll(two)
      await sleep(ttlMs * 2)
      expect(watching.ofType('presence').length).toBe(before)
      for (const socket of moved) socket.drop()
    })
  },
)
