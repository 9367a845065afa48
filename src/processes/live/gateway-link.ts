import type { AccessEnd } from '@backscroll/protocol/close-codes'
import { ProtocolError } from '@backscroll/protocol/errors'
import { lowestByLog, type Partitioning, partitionsOf } from '../../event-log/partitioning.ts'
import { type Positions, startOf } from '../../event-log/positions.ts'
import type { Channels } from '../../ports/channels.ts'
import type { Delta, DeltaSink } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import { createTurns } from '../../runtime/serial-queue.ts'
import { gatewayChannel } from '../messages/channel-names.ts'
import {
  decodeGatewayMessage,
  encodeGatewayMessage,
  type GatewayMessage,
  type LiveFrame,
} from '../messages/live-frame.ts'
import { subscribeRevocations } from './revocations.ts'

/** The part of a gateway that this needs; see `gateway/gateway.ts`. */
export interface LinkedGateway {
  readonly sink: DeltaSink
  lost(): void
  pass(userIds: readonly string[], text: string): void
  replaced(userId: string, deviceId: string, sessionId: string): void
  revoke(userId: string, why: AccessEnd, deviceId?: string): void
}

export interface GatewayLinkDeps {
  readonly gatewayId: string
  readonly partitioning: Partitioning
  readonly registry: SessionRegistry
  readonly channels: Channels
  readonly onError: (error: unknown) => void
  /** How often it states that it lives and which users it has; the registry's time to live is several times that. */
  readonly refreshMs?: number
}

/** `gateway/sessions/session-reach.ts` describes `enter`, `leave`, `connected` and `pass`. */
export interface GatewayLink {
  enter(userId: string): Promise<void>
  leave(userId: string): void
  connected(userId: string, deviceId: string, sessionId: string): void
  pass(userIds: readonly string[], text: string): void
  /**
   * For each log the lowest position up to which every partition's live events have arrived; the beginning while
   * one is silent.
   */
  dispatched(): Positions
  /** Partitions of which nothing has arrived yet. */
  missing(): number
  /** Begins to listen, for this gateway. */
  attach(gateway: LinkedGateway): Promise<void>
  close(): Promise<void>
}

const unavailable = () => new ProtocolError('unavailable', undefined, { retryAfterMs: 1000 })

/** The deltas of a frame that are new. */
const newer = (deltas: readonly Delta[], before: Position | undefined): readonly Delta[] =>
  before === undefined
    ? deltas
    : deltas.flatMap((delta) => {
        const events = delta.events.filter(({ position }) => position > before)
        return events.length === 0 ? [] : [{ ...delta, events }]
      })

/** One gateway among several: how its users are found, what it is told, and what it does when a frame is missing. */
export const createGatewayLink = (deps: GatewayLinkDeps): GatewayLink => {
  const { gatewayId, partitioning, registry, channels, onError, refreshMs = 4_000 } = deps
  /** Sessions of each user, including those that are about to begin. */
  const sessions = new Map<string, number>()
  const told = new Map<number, Position>()
  const stops: (() => Promise<void> | void)[] = []
  const inTurn = createTurns()
  let gateway: LinkedGateway | undefined
  /**
   * Lookups find this gateway, and there was no interruption since they began to. While lookups may pass it over,
   * it does not count what it is told.
   */
  let isFound = false
  let dispatched = startOf(partitioning.logs)
  let interruptions = 0
  let waiting = false
  let timer: NodeJS.Timeout | undefined

  const lowestTold = (): Positions => lowestByLog(partitioning, (partition) => told.get(partition))

  const receiveLive = (frame: LiveFrame): void => {
    const before = told.get(frame.partition)
    if (isFound && (before === undefined || frame.after > before)) gateway?.lost()
    if (before === undefined || frame.upTo > before) told.set(frame.partition, frame.upTo)
    const deltas = newer(frame.deltas, before)
    if (deltas.length > 0) gateway?.sink.events(deltas)
    const receipts = frame.receipts.filter(({ position }) => before === undefined || position > before)
    if (receipts.length > 0) gateway?.sink.receipts(receipts)
  }

  const hear = (message: GatewayMessage): void => {
    if (message.kind === 'live') receiveLive(message)
    else if (message.kind === 'pass') gateway?.pass(message.userIds, message.text)
    else gateway?.replaced(message.userId, message.deviceId, message.sessionId)
  }

  const hearing =
    <Message>(decode: (text: string) => Message, use: (message: Message) => void) =>
    (text: string): void => {
      try {
        use(decode(text))
      } catch (error) {
        onError(error)
      }
    }

  const enterAll = (): Promise<void> => registry.enter(gatewayId, [...sessions.keys()])

  const doubt = (): void => {
    if (isFound) dispatched = lowestTold()
    isFound = false
  }

  /**
   * Makes the gateway findable. Whatever lookups passed over before is in the log by now, so every session syncs.
   * If the gateway lives at the end, the registry has lost nothing since the beginning.
   */
  const begin = async (): Promise<void> => {
    const before = interruptions
    await registry.begin(gatewayId)
    await enterAll()
    if (!(await registry.alive(gatewayId)) || before !== interruptions) return
    isFound = true
    gateway?.lost()
  }

  /** States which users it has and that it lives. */
  const refresh = async (): Promise<void> => {
    waiting = false
    if (isFound) {
      await enterAll()
      if (await registry.alive(gatewayId)) return
    }
    doubt()
    await begin()
  }

  const refreshSoon = (): void => {
    if (waiting) return
    waiting = true
    inTurn(refresh).catch(onError)
  }

  /** Frames on their way are lost, and perhaps what the registry knew. */
  const reset = (): void => {
    interruptions += 1
    doubt()
    refreshSoon()
  }

  const others = async (userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
    const byGateway = new Map<string, string[]>()
    for (const [userId, gateways] of await registry.gatewaysOf(userIds)) {
      for (const other of gateways) {
        if (other === gatewayId) continue
        const users = byGateway.get(other)
        if (users === undefined) byGateway.set(other, [userId])
        else users.push(userId)
      }
    }
    return byGateway
  }

  const tellOthers = async (
    userIds: readonly string[],
    messageFor: (users: readonly string[]) => GatewayMessage,
  ): Promise<void> => {
    const messages = [...(await others(userIds))].map(([other, users]) =>
      channels.publish(gatewayChannel(other), encodeGatewayMessage(messageFor(users))),
    )
    await Promise.all(messages)
  }

  return {
    enter: async (userId) => {
      sessions.set(userId, (sessions.get(userId) ?? 0) + 1)
      await registry.enter(gatewayId, [userId]).catch((error: unknown) => {
        onError(error)
        throw unavailable()
      })
    },
    leave: (userId) => {
      const left = (sessions.get(userId) ?? 1) - 1
      if (left > 0) {
        sessions.set(userId, left)
        return
      }
      sessions.delete(userId)
      registry.leave(gatewayId, [userId]).catch(onError)
    },
    connected: (userId, deviceId, sessionId) =>
      void tellOthers([userId], () => ({ kind: 'replaced', userId, deviceId, sessionId })).catch(onError),
    pass: (userIds, text) =>
      void tellOthers(userIds, (users) => ({ kind: 'pass', userIds: users, text })).catch(onError),
    dispatched: () => (isFound ? lowestTold() : dispatched),
    missing: () => partitionsOf(partitioning).length - told.size,
    attach: async (linked) => {
      gateway = linked
      stops.push(channels.onReset(reset))
      stops.push(await channels.listen(gatewayChannel(gatewayId), hearing(decodeGatewayMessage, hear)))
      stops.push(await subscribeRevocations(channels, (told) => linked.revoke(told.userId, told.why, told.deviceId)))
      // Not before it listens: a frame that is sent only once would be lost.
      timer = setInterval(refreshSoon, refreshMs)
      await inTurn(refresh)
    },
    close: async () => {
      clearInterval(timer)
      for (const stop of stops) await stop()
      await inTurn(async () => {})
      await registry.gone(gatewayId).catch(onError)
    },
  }
}
