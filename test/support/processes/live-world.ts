import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryRegistry } from '../../../src/adapters/memory/session-registry.ts'
import type { Channels } from '../../../src/ports/channels.ts'
import type { Position, RecordedEvent } from '../../../src/ports/event-log.ts'
import type { SessionRegistry } from '../../../src/ports/session-registry.ts'
import { createGatewayLink } from '../../../src/processes/live/gateway-link.ts'
import { createLiveSender, type LiveSender } from '../../../src/processes/live/live-sender.ts'
import { markGateways } from '../../../src/processes/live/mark-gateways.ts'
import { busEvent } from '../event-bus/slices.ts'
import { createModelGateway, type ModelSession, type SeenEvent } from './live-sessions.ts'
import { createSlowCalls } from './slow-calls.ts'

export const partitions = 2
export const gatewayIds = ['g0', 'g1'] as const

interface LoggedEvent extends SeenEvent {
  readonly partition: number
  readonly event: RecordedEvent
}

/** The one who sends the live events of a partition, or did: one that was replaced may go on for a while. */
interface Sending {
  sender: LiveSender | undefined
  isBusy: boolean
  sent: Position
}

type Publication = 'taken' | 'refused' | 'unanswered'

/**
 * Senders, a registry, channels and gateways, in which every call, message and loss happens when a test says so. Time too: `pass` moves the clock of the
 * registry.
 */
export const createLiveWorld = () => {
  let now = 0
  const calls = createSlowCalls()
  const hub = createMemoryLeaseHub(15_000, () => now)
  const shared = createMemoryRegistry(hub)
  const log: LoggedEvent[] = []
  const queues = new Map<string, string[]>()
  let nextPublication: Publication = 'taken'

  const registryOf = (caller: string): SessionRegistry => ({
    enter: (id, users) => calls.call(caller, () => shared.enter(id, users)),
    leave: (id, users) => calls.call(caller, () => shared.leave(id, users)),
    gatewaysOf: (users) => calls.call(caller, () => shared.gatewaysOf(users)),
    begin: (id) => calls.call(caller, () => shared.begin(id)),
    alive: (id) => calls.call(caller, () => shared.alive(id)),
    gone: (id) => calls.call(caller, () => shared.gone(id)),
    gateways: () => calls.call(caller, () => shared.gateways()),
  })

  const publish = async (channel: string, message: string): Promise<void> => {
    const fate = nextPublication
    nextPublication = 'taken'
    if (fate !== 'refused') queues.get(channel)?.push(message)
    if (fate !== 'taken') throw new Error('the channel does not answer')
  }

  const openGateway = (id: string) => {
    const hearers = new Map<string, (message: string) => void>()
    const resets = new Set<() => void>()
    const channels: Channels = {
      publish,
      listen: async (channel, hear) => {
        hearers.set(channel, hear)
        queues.set(channel, [])
        return async () => void hearers.delete(channel)
      },
      onReset: (listener) => {
        resets.add(listener)
        return () => void resets.delete(listener)
      },
      close: async () => {},
    }
    const model = createModelGateway(() => log)
    const link = createGatewayLink({
      gatewayId: id,
      partitioning: { logs: 1, partitions },
      registry: registryOf(id),
      channels,
      onError: () => {},
    })
    const channel = `gateway/${id}`
    return {
      id,
      link,
      model,
      attach: () => link.attach(model.gateway),
      hear: () => {
        const message = queues.get(channel)?.shift()
        if (message !== undefined) hearers.get(channel)?.(message)
      },
      drop: () => void queues.get(channel)?.shift(),
      interrupt: () => {
        queues.set(channel, [])
        for (const reset of resets) reset()
      },
      isSilent: () => (queues.get(channel)?.length ?? 0) === 0,
      connect: (userId: string): void => {
        const session: ModelSession = {
          userId,
          state: 'entering',
          has: new Set(),
          coming: new Set(),
          isOverrun: false,
        }
        model.sessions.push(session)
        const refused = () => {
          if (session.state !== 'gone') link.leave(userId)
          session.state = 'gone'
        }
        link.enter(userId).then(() => model.entered(session), refused)
      },
      disconnect: (session: ModelSession): void => {
        if (session.state === 'gone') return
        session.state = 'gone'
        link.leave(session.userId)
      },
    }
  }

  const gateways = gatewayIds.map(openGateway)
  const sendings: Sending[][] = Array.from({ length: partitions }, () => [])
  let senders = 0

  const sliceOf = (partition: number, after: Position, upTo: Position) =>
    log
      .filter((one) => one.partition === partition && one.position > after && one.position <= upTo)
      .map(({ event, audience, position }) => ({ conversationId: `c${position}`, audience, events: [event] }))

  const active = (partition: number): Sending | undefined => sendings[partition]?.at(-1)

  return {
    calls,
    gateways,
    append: (partition: number, audience: readonly string[]): void => {
      const position = BigInt(log.length + 1)
      log.push({ partition, audience, position, event: busEvent(position) })
    },
    head: (): Position => BigInt(log.length),
    /** Somebody else sends from now on, beginning where the last one was or `back` before; the last one may not know yet. */
    takeOver: async (partition: number, back: number): Promise<void> => {
      const place = (active(partition)?.sent ?? 0n) - BigInt(back)
      const from = place > 0n ? place : 0n
      const sending: Sending = { sender: undefined, isBusy: false, sent: from }
      senders += 1
      const caller = `sender ${partition}/${senders}`
      const registry = registryOf(caller)
      sendings[partition] = [...(sendings[partition] ?? []).slice(-1), sending]
      let living: readonly string[] | undefined
      // What cannot be opened is opened again.
      while (living === undefined) living = await registry.gateways().catch(() => undefined)
      const deps = { partition, from, gateways: living, registry, channels: { publish }, onError: () => {} }
      sending.sender = createLiveSender(deps)
    },
    /** The next slice of at most `length` positions, by the one who sends, or by the one before. */
    send: (partition: number, length: number, byOld = false): void => {
      const all = sendings[partition] ?? []
      const sending = byOld ? all.at(-2) : all.at(-1)
      if (sending?.sender === undefined || sending.isBusy) return
      const end = sending.sent + BigInt(length)
      const upTo = end < BigInt(log.length) ? end : BigInt(log.length)
      sending.isBusy = true
      void sending.sender.send(upTo, sliceOf(partition, sending.sent, upTo), []).then(() => {
        sending.sent = upTo
        sending.isBusy = false
      })
    },
    mark: (): void => {
      const own = sendings.flatMap((_, partition) => active(partition)?.sender ?? [])
      void markGateways(own, registryOf('marks')).catch(() => undefined)
    },
    publishNext: (fate: Publication): void => {
      nextPublication = fate
    },
    wipe: (): void => hub.lose(),
    pass: (ms: number): void => {
      now += ms
    },
    violations: (): readonly string[] =>
      gateways.flatMap(({ id, link, model }) =>
        model.missing(link.dispatched()[0] ?? 0n).map((text) => `at ${id} ${text}`),
      ),
  }
}

export type LiveWorld = ReturnType<typeof createLiveWorld>
