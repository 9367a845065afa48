import type { Channels } from '../../ports/channels.ts'
import type { Delta, ReceiptsDelta } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import { createTurns } from '../../runtime/serial-queue.ts'
import { gatewayChannel } from '../messages/channel-names.ts'
import { encodeGatewayMessage } from '../messages/live-frame.ts'

export interface LiveSenderDeps {
  readonly partition: number
  /** Where this sender begins: its predecessor has sent everything at or below. */
  readonly from: Position
  /** Gateways that live at that moment: their sessions lack nothing up to `from`. */
  readonly gateways: readonly string[]
  readonly registry: Pick<SessionRegistry, 'gatewaysOf'>
  readonly channels: Pick<Channels, 'publish'>
  readonly onError: (error: unknown) => void
}

export interface LiveSender {
  /**
   * Sends everything up to `upTo` to those whom it concerns. Never rejects: what could not be sent shows as a gap
   * at the gateway.
   */
  send(upTo: Position, deltas: readonly Delta[], receipts: readonly ReceiptsDelta[]): Promise<void>
  /** Everything up to here was sent. */
  position(): Position
  /**
   * Tells gateways that got nothing lately that there was nothing for them up to `upTo`, and forgets the others.
   * `gateways` are the living ones, read after this sender had sent everything up to `upTo`: a gateway that a
   * lookup had passed over would have begun anew since.
   */
  mark(upTo: Position, gateways: readonly string[]): Promise<void>
}

/** How often everybody is told, needed or not: this shows what a channel lost silently. */
const marksUntilAll = 40

const higher = (one: Position, other: Position): Position => {
  if (one > other) return one
  return other
}

/** The part that concerns some users. */
const cut = <Part extends { readonly audience: readonly string[] }>(
  parts: readonly Part[],
  users: ReadonlySet<string>,
): readonly Part[] =>
  parts.flatMap((part) => {
    const audience = part.audience.filter((userId) => users.has(userId))
    return audience.length === 0 ? [] : [{ ...part, audience }]
  })

const usersByGateway = (found: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, ReadonlySet<string>> => {
  const byGateway = new Map<string, Set<string>>()
  for (const [userId, gateways] of found) {
    for (const gateway of gateways) {
      const users = byGateway.get(gateway) ?? new Set()
      byGateway.set(gateway, users.add(userId))
    }
  }
  return byGateway
}

/**
 * Sends the live events of one partition to the gateways that hold sessions of users who may see them: one frame
 * for each gateway, in order.
 */
export const createLiveSender = (deps: LiveSenderDeps): LiveSender => {
  const { partition, from, gateways: first, registry, channels, onError } = deps
  const inTurn = createTurns()
  /** How far each living gateway was told: nothing since then has concerned it. */
  const toldTo = new Map<string, Position>(first.map((gateway) => [gateway, from]))
  /** They may not know how far they were told: where nothing happens, only a mark can tell them. */
  const unheard = new Set(first)
  let position = from
  let marks = 0

  const afterOf = (gateway: string): Position => toldTo.get(gateway) ?? position

  const tell = async (
    gateway: string,
    upTo: Position,
    deltas: readonly Delta[],
    receipts: readonly ReceiptsDelta[],
  ): Promise<void> => {
    const after = afterOf(gateway)
    // Even if it fails: the next frame then begins above what the gateway has, and the gateway sees the gap.
    toldTo.set(gateway, upTo)
    unheard.delete(gateway)
    const message = encodeGatewayMessage({ kind: 'live', partition, after, upTo, deltas, receipts })
    await channels.publish(gatewayChannel(gateway), message).catch((error: unknown) => {
      unheard.add(gateway)
      onError(error)
    })
  }

  /** The users concerned are unknown, so every gateway must see a gap. */
  const lose = (upTo: Position, error: unknown): void => {
    onError(error)
    for (const gateway of toldTo.keys()) {
      toldTo.set(gateway, upTo)
      unheard.add(gateway)
    }
  }

  const route = async (upTo: Position, deltas: readonly Delta[], receipts: readonly ReceiptsDelta[]): Promise<void> => {
    const users = new Set([...deltas, ...receipts].flatMap(({ audience }) => audience))
    if (users.size === 0) return
    const found = await registry.gatewaysOf([...users])
    const frames = [...usersByGateway(found)].map(([gateway, own]) =>
      tell(gateway, upTo, cut(deltas, own), cut(receipts, own)),
    )
    await Promise.all(frames)
  }

  return {
    send: (upTo, deltas, receipts) =>
      inTurn(async () => {
        await route(upTo, deltas, receipts).catch((error: unknown) => lose(upTo, error))
        position = upTo
      }),
    position: () => position,
    mark: (upTo, gateways) =>
      inTurn(async () => {
        const alive = new Set(gateways)
        for (const gateway of toldTo.keys()) {
          if (alive.has(gateway)) continue
          toldTo.delete(gateway)
          unheard.delete(gateway)
        }
        marks += 1
        const all = marks % marksUntilAll === 0
        const behind = gateways.filter((gateway) => all || unheard.has(gateway) || (toldTo.get(gateway) ?? -1n) < upTo)
        await Promise.all(behind.map((gateway) => tell(gateway, higher(upTo, afterOf(gateway)), [], [])))
      }),
  }
}
