import { setTimeout as sleep } from 'node:timers/promises'
import { openBackscrollDevice } from './backscroll-device.ts'
import type { DeliveredEvent, Device, DeviceEvents, Server } from './connection.ts'
import { openFloorDevice } from './floor-device.ts'
import type { Latencies } from './latencies.ts'
import { openMany } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'

/** One sender and one receiver. Everything that is sent must be acknowledged and delivered once, in order. */
interface Pair {
  readonly sender: Device
  readonly receiver: string
  /** When each message was due; the nth is at n - 1. */
  readonly due: number[]
  acknowledged: number
  delivered: number
}

/** A message that was followed on its way, in milliseconds since the Unix epoch. */
export interface DeliveredTrace extends DeliveredEvent {
  readonly due: number
  readonly delivered: number
}

/** What becomes of the messages while they are measured. */
export interface Measured {
  readonly acknowledged: Latencies
  readonly delivered: Latencies
  readonly traces: DeliveredTrace[]
  /** How often the server took no more for now. */
  refusals: number
  readonly isTraced: (event: DeliveredEvent) => boolean
}

export interface Pairs {
  readonly all: readonly Pair[]
  /** Called after each acknowledgement. */
  onAcknowledged: (pair: Pair) => void
  measured: Measured | undefined
  send(pair: Pair, due: number): void
  /** Resolves when everything sent is acknowledged and delivered. */
  settled(): Promise<void>
  close(): void
}

export interface PairsOptions {
  readonly server: Server
  readonly count: number
  /** User names begin with it; another prefix means other conversations. */
  readonly prefix: string
}

const inOrder = (number: number, last: number, what: string): void => {
  if (number !== last + 1) throw new Error(`${what}: expected ${last + 1}, got ${number}`)
}

const openDevice = async (server: Server, tokens: TokenSource, user: string, events: DeviceEvents): Promise<Device> =>
  server.kind === 'floor'
    ? openFloorDevice(server.url, user, events)
    : openBackscrollDevice(server, user, await tokens(user), events)

const ignore = (): void => undefined

export const openPairs = async ({ server, count, prefix }: PairsOptions, tokens: TokenSource): Promise<Pairs> => {
  const open = async (index: number) => {
    const [from, to] = [`${prefix}-${index}-a`, `${prefix}-${index}-b`]
    const sender = await openDevice(server, tokens, from, {
      acknowledged: (_, number) => acknowledged(pair, number),
      delivered: ignore,
      refused: () => {
        if (pairs.measured !== undefined) pairs.measured.refusals += 1
      },
    })
    const pair: Pair = { sender, receiver: to, due: [], acknowledged: 0, delivered: 0 }
    const receiver = await openDevice(server, tokens, to, {
      acknowledged: ignore,
      refused: ignore,
      delivered: (_, number, event) => delivered(pair, number, event),
    })
    await sender.begin(to)
    return { pair, receiver }
  }

  const acknowledged = (pair: Pair, number: number): void => {
    inOrder(number, pair.acknowledged, `acknowledged to ${pair.sender.user}`)
    pair.acknowledged = number
    pairs.measured?.acknowledged.record(performance.now() - (pair.due[number - 1] ?? 0))
    pairs.onAcknowledged(pair)
  }

  const delivered = (pair: Pair, number: number, event: DeliveredEvent | undefined): void => {
    inOrder(number, pair.delivered, `delivered to ${pair.receiver}`)
    pair.delivered = number
    const { measured } = pairs
    if (measured === undefined) return
    const [due, now] = [pair.due[number - 1] ?? 0, performance.now()]
    measured.delivered.record(now - due)
    const epoch = performance.timeOrigin
    if (event !== undefined && measured.isTraced(event))
      measured.traces.push({ ...event, due: epoch + due, delivered: epoch + now })
  }

  const opened = await openMany(
    Array.from({ length: count }, (_, index) => index),
    open,
  )
  const unsettled = ({ due, ...pair }: Pair): boolean => pair.acknowledged < due.length || pair.delivered < due.length

  const pairs: Pairs = {
    all: opened.map(({ pair }) => pair),
    onAcknowledged: ignore,
    measured: undefined,
    send: (pair, due) => {
      pair.due.push(due)
      pair.sender.send(pair.receiver)
    },
    settled: async () => {
      const end = performance.now() + 60_000
      while (pairs.all.some(unsettled)) {
        if (performance.now() > end) throw new Error('messages are missing: not acknowledged or not delivered in 60 s')
        await sleep(5)
      }
    },
    close: () => {
      for (const { pair, receiver } of opened) {
        pair.sender.close()
        receiver.close()
      }
    },
  }
  return pairs
}
