import { fromPlainEvent, type PlainEvent, toPlainEvent } from '../../codec/recorded-event-json.ts'
import type { Delta, ReceiptsDelta } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'

/**
 * What one gateway is told about one partition: everything that concerns its sessions, above `after` and up to
 * `upTo`.
 */
export interface LiveFrame {
  readonly partition: number
  /** Everything at or below was sent before; a gateway that has not got that far has lost something. */
  readonly after: Position
  readonly upTo: Position
  readonly deltas: readonly Delta[]
  readonly receipts: readonly ReceiptsDelta[]
}

/** What arrives on a gateway's own channel. */
export type GatewayMessage =
  | ({ readonly kind: 'live' } & LiveFrame)
  /** An ephemeral frame for these users. */
  | { readonly kind: 'pass'; readonly userIds: readonly string[]; readonly text: string }
  | { readonly kind: 'replaced'; readonly userId: string; readonly deviceId: string; readonly sessionId: string }

interface PlainDelta {
  readonly conversationId: string
  readonly audience: readonly string[]
  readonly events: readonly PlainEvent[]
}

interface PlainReceipts extends Omit<ReceiptsDelta, 'position'> {
  /** Absent from a process of an earlier version. */
  readonly position?: string
}

interface PlainLive {
  readonly kind: 'live'
  readonly partition: number
  readonly after: string
  readonly upTo: string
  readonly deltas: readonly PlainDelta[]
  readonly receipts: readonly PlainReceipts[]
}

const toPlain = (frame: LiveFrame): PlainLive => ({
  kind: 'live',
  partition: frame.partition,
  after: String(frame.after),
  upTo: String(frame.upTo),
  deltas: frame.deltas.map((delta) => ({ ...delta, events: delta.events.map(toPlainEvent) })),
  receipts: frame.receipts.map((delta) => ({ ...delta, position: String(delta.position) })),
})

const fromPlain = (plain: PlainLive): GatewayMessage => ({
  kind: 'live',
  partition: plain.partition,
  after: BigInt(plain.after),
  upTo: BigInt(plain.upTo),
  deltas: plain.deltas.map((delta) => ({ ...delta, events: delta.events.map(fromPlainEvent) })),
  receipts: plain.receipts.map((delta) => ({ ...delta, position: BigInt(delta.position ?? plain.upTo) })),
})

export const encodeGatewayMessage = (message: GatewayMessage): string =>
  JSON.stringify(message.kind === 'live' ? toPlain(message) : message)

/**
 * Whether a text is a live frame, without decoding it. The text comes from `encodeGatewayMessage`, or is any other
 * that goes over a channel.
 */
export const isLiveFrame = (text: string): boolean => text.startsWith('{"kind":"live",')

/**
 * Only our own processes write to the channel, and every live event passes here, so fields are not checked one by
 * one. Throws for a text that is not JSON.
 */
export const decodeGatewayMessage = (text: string): GatewayMessage => {
  const message: PlainLive | Exclude<GatewayMessage, { kind: 'live' }> = JSON.parse(text)
  return message.kind === 'live' ? fromPlain(message) : message
}
