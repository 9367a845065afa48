import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { ProtocolError } from '@backscroll/protocol/errors'
import Fastify from 'fastify'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { createCommands } from '../../../src/commands/create-commands.ts'
import { createReading } from '../../../src/compose/open-reading.ts'
import { gatewayConfig, limitSettings } from '../../../src/compose/server-settings.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { userId } from '../../../src/domain/ids.ts'
import type { LimitSettings } from '../../../src/edge/limits/limits.ts'
import { createProcessLimits } from '../../../src/edge/limits/process-limits.ts'
import type { Positions } from '../../../src/event-log/positions.ts'
import { createGateway } from '../../../src/gateway/gateway.ts'
import type { GatewayConfig } from '../../../src/gateway/gateway-config.ts'
import { noGatewayMetrics } from '../../../src/gateway/gateway-metrics.ts'
import type { GatewayDeps } from '../../../src/gateway/gateway-parts.ts'
import { gatewayPlugin } from '../../../src/gateway/gateway-plugin.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import type { Delta } from '../../../src/ports/deltas.ts'
import type { RecordedEvent } from '../../../src/ports/event-log.ts'
import type { TokenVerifier } from '../../../src/ports/identity/access.ts'
import type { EncodedPage, SyncService } from '../../../src/projections/sync/sync-service.ts'
import { actor } from '../commands/harness.ts'
import { beginningOf } from '../groups/beginning.ts'
import { encoded } from '../projections/event-texts.ts'

/** Tokens of tests: `user:device:lifetime in ms`. */
export const token = (user: string, device = 'phone', lifetimeMs = 60_000): string => `${user}.${device}.${lifetimeMs}`

const createVerifier = (now: () => number): TokenVerifier => ({
  verify: async (text) => {
    const [user, device, lifetime] = text.split('.')
    if (user === undefined || device === undefined || Number.isNaN(Number(lifetime)))
      throw new ProtocolError('unauthenticated')
    if (Number(lifetime) <= 0) throw new ProtocolError('token_expired')
    return { userId: user, deviceId: device, roles: ['user'], expiresAt: now() + Number(lifetime) }
  },
})

export type World = Awaited<ReturnType<typeof createWorld>>

/**
 * The real gateway over real sockets and the real write side, on a log in memory. Views are always up to date here; what a user may see
 * is what the conversations that had the user from the start hold.
 */
export const createWorld = async (
  changes: Partial<GatewayConfig & LimitSettings> = {},
  bend: (deps: GatewayDeps) => Partial<GatewayDeps> = () => ({}),
) => {
  const log = createMemoryLog()
  const members = new Map<string, readonly string[]>()
  let dispatched = 0n
  let ahead = 0
  const now = (): number => Date.now() + ahead

  const commands = createCommands(
    {
      log,
      snapshots: log.snapshots,
      originalOf: async () => undefined,
      wasDeleted: async () => false,
      mayNameMedia: async () => true,
      now: Date.now,
      newId: randomUUID,
      random: () => 0.5,
      sleep,
      onConflict: () => undefined,
    },
    { maxIdle: 100, maxPending: 1000, timeoutMs: 1000, receiptsWindowMs: 10 },
  )

  const note = ({ stream, type, data }: RecordedEvent): void => {
    if (type !== 'ConversationStarted') return
    const started: { members: { userId: string }[] } = JSON.parse(data)
    members.set(
      stream.slice(stream.indexOf('-') + 1),
      started.members.map((member) => member.userId),
    )
  }
  const audienceOf = (stream: string): readonly string[] => members.get(stream.slice(stream.indexOf('-') + 1)) ?? []

  const tokenOf = ([position]: Positions): string => Buffer.from(`${log.epoch}/${position}`).toString('base64url')
  const positionOf = (since: string): bigint => {
    const [epoch, position] = Buffer.from(since, 'base64url').toString().split('/')
    if (epoch !== log.epoch || position === undefined) throw new ProtocolError('snapshot_required')
    return BigInt(position)
  }

  const page = async (user: string, since: string, limit: number): Promise<EncodedPage> => {
    const after = positionOf(since)
    const [head, all] = [await log.head(), await log.readAll(after, 100_000)]
    const visible = all.filter(({ stream }) => stream.startsWith('conversation-') && audienceOf(stream).includes(user))
    const chosen = visible.slice(0, limit)
    const more = visible.length > limit
    const upTo = more ? (chosen.at(-1)?.position ?? head) : head
    return { events: encoded(chosen), receipts: [], checkpoint: tokenOf([upTo]), upTo: [upTo], more }
  }

  const sync: SyncService = {
    checkpoint: tokenOf,
    silent: () => [],
    page,
    resume: async (user, since) => {
      positionOf(since)
      let at = since
      return {
        next: async (limit) => {
          const next = await page(user, at, limit)
          at = next.checkpoint
          return next
        },
      }
    },
  }

  const product = loadConfig({})
  const deps: GatewayDeps = {
    commands,
    sync,
    verifier: createVerifier(now),
    judge: async (accesses) => accesses.map(() => 'stands'),
    now,
    date: now,
    config: { ...gatewayConfig(product), tickMs: 10, drainSpreadMs: 20, ...changes },
    metering: createProcessLimits({
      settings: { ...limitSettings(product), ...changes },
      now: () => performance.now(),
    }),
    ...createReading(product, createMetrics()),
    presence: {
      watchers: { watch: async () => [], unwatch: () => undefined, drop: () => undefined, interacted: () => undefined },
      activeUsers: { add: () => undefined, remove: () => undefined },
    },
    rosters: { members: async (id) => members.get(id) },
    watermark: { current: () => [dispatched], reached: async () => true },
    dispatched: () => [dispatched],
    logger: { error: () => undefined, warn: () => undefined },
  }
  const bent = { ...deps, ...bend(deps) }
  const { metrics = noGatewayMetrics } = bent
  /** Open sockets, those that are closing included. */
  let connections = 0
  const gateway = createGateway({
    ...bent,
    metrics: {
      ...metrics,
      connectionOpened: () => {
        connections += 1
        metrics.connectionOpened()
      },
      connectionClosed: (code) => {
        connections -= 1
        metrics.connectionClosed(code)
      },
    },
  })

  const deltaOf = (event: RecordedEvent): Delta => ({
    conversationId: event.stream.slice(event.stream.indexOf('-') + 1),
    audience: audienceOf(event.stream),
    events: [event],
  })
  const subscription = log.subscribe(0n, (events) => {
    events.forEach(note)
    gateway.sink.events(events.filter(({ stream }) => stream.startsWith('conversation-')).map(deltaOf))
    dispatched = events.at(-1)?.position ?? dispatched
  })

  const app = Fastify()
  await app.register(gatewayPlugin, { gateway })
  const url = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws')

  /** A start by a device of the first user that has no socket, with an encryption group of it and everybody's phones. */
  const startOf = async (id: string, users: readonly [string, ...string[]]) => {
    const maker = actor(users[0], 'setup')
    const phones = users.map((user) => actor(user))
    const { group, body } = await beginningOf(id, maker, phones)
    return { start: { actor: maker, clientSeq: 1, afterClientSeq: 0, group }, body }
  }

  return {
    app,
    gateway,
    connections: () => connections,
    commands,
    log,
    url: `${url}/ws`,
    httpUrl: `${url.replace('ws', 'http')}/ws`,
    checkpoint: tokenOf,
    dispatched: () => [dispatched],
    /** Moves the gateway's clock forwards. */
    advance: (ms: number): void => {
      ahead += ms
    },
    /** A group whose first member is the owner. */
    startGroup: async (...users: readonly [string, ...string[]]): Promise<string> => {
      const id = randomUUID()
      const { start, body } = await startOf(id, users)
      await commands.execute(id, { type: 'StartGroup', ...start, members: users.slice(1).map(userId) }, body)
      return id
    },
    startDirect: async (user: string, peer: string): Promise<string> => {
      const id = directConversationId(user, peer)
      const { start, body } = await startOf(id, [user, peer])
      await commands.execute(id, { type: 'StartDirect', ...start, peer: userId(peer) }, body)
      return id
    },
    close: async (): Promise<void> => {
      await gateway.drain()
      await app.close()
      await commands.close()
      await subscription.close()
      await log.close()
    },
  }
}
