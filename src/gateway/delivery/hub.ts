import { covers } from '../../event-log/positions.ts'
import type { Delta, DeltaSink, ReceiptsDelta } from '../../ports/deltas.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { ascii } from '../../projections/reading/ascii-text.ts'
import { encodeEvent } from '../../projections/reading/encode-event.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import { keep, type LiveBufferBounds } from '../sessions/live-buffer.ts'
import type { Registry } from '../sessions/local-sessions.ts'
import type { Session } from '../sessions/session.ts'
import { liveFeed } from '../sessions/session-state.ts'
import { receiptText } from './frame-texts.ts'
import { eventsText } from './outbox.ts'
import type { SocketWrites } from './socket-writes.ts'
import { sharedFrame } from './websocket-frame.ts'

/** For an audience of more users one frame is built and shared; for fewer, events of several conversations are merged. */
const shareBeyond = 8

export interface HubDeps {
  readonly registry: Registry
  readonly outlet: SocketWrites
  readonly metrics: GatewayMetrics
  readonly bounds: LiveBufferBounds
}

/** A batch of one conversation, encoded once for everybody. */
interface EncodedDelta {
  readonly conversationId: string
  readonly events: readonly RecordedEvent[]
  readonly texts: readonly string[]
  /** The frame that sessions share; undefined for a small audience. */
  readonly frame: (() => Buffer) | undefined
}

const once = <Value>(make: () => Value): (() => Value) => {
  let value: Value | undefined
  return () => {
    value ??= make()
    return value
  }
}

const encode = ({ conversationId, audience, events }: Delta): EncodedDelta => {
  const texts = events.map((event) => ascii(encodeEvent(event)))
  const frame = audience.length > shareBeyond ? once(() => sharedFrame(eventsText(texts.join(','), ''))) : undefined
  return { conversationId, events, texts, frame }
}

const sentSome = (session: Session, events: readonly RecordedEvent[]): boolean =>
  session.acknowledged !== undefined &&
  events.some((event) => event.deviceId === session.deviceId && event.userId === session.userId)

/**
 * Fans out what just happened to the sessions of users who may see it. Delivery is at most once: see
 * `ports/deltas.ts`.
 */
export const createHub = ({ registry, outlet, metrics, bounds }: HubDeps): DeltaSink => {
  /** A device is not told again what an answer has told it: such events are left out for that connection alone. */
  const sendOthers = (session: Session, { conversationId, events, texts }: EncodedDelta): void => {
    for (const [index, event] of events.entries()) {
      if (session.acknowledged?.delete(`${conversationId}@${event.revision}`) !== true)
        outlet.event(session, texts[index] ?? '')
    }
    if (session.acknowledged?.size === 0) session.acknowledged = undefined
  }

  const send = (session: Session, delta: EncodedDelta): void => {
    if (sentSome(session, delta.events)) sendOthers(session, delta)
    else if (delta.frame !== undefined) outlet.shared(session, delta.frame())
    else for (const text of delta.texts) outlet.event(session, text)
  }

  const hold = (session: Session, { events, texts }: EncodedDelta): void => {
    const { buffer } = session
    if (buffer === undefined) return
    for (const [index, { position }] of events.entries()) {
      keep(buffer, { kind: 'event', position, text: texts[index] ?? '' }, bounds)
    }
    outlet.owe(session)
  }

  const deliver = (session: Session, delta: EncodedDelta): void => {
    const feed = liveFeed(session.state)
    if (feed === 'drop') return
    metrics.delivered(delta.events.length)
    if (feed === 'send') send(session, delta)
    else hold(session, delta)
  }

  const fanOut = (delta: Delta): void => {
    let encoded: EncodedDelta | undefined
    for (const userId of delta.audience) {
      for (const session of registry.ofUser(userId)) {
        encoded ??= encode(delta)
        deliver(session, encoded)
      }
    }
  }

  const deliverReceipts = (session: Session, position: bigint, texts: readonly string[]): void => {
    const feed = liveFeed(session.state)
    if (session.told !== undefined && covers(session.told, position)) return
    for (const text of texts) {
      if (feed === 'send') outlet.receipt(session, text)
      else if (session.buffer !== undefined) keep(session.buffer, { kind: 'receipt', position, text }, bounds)
    }
  }

  const fanOutReceipts = ({ audience, position, receipts }: ReceiptsDelta): void => {
    const texts = receipts.map(receiptText)
    for (const userId of audience) {
      for (const session of registry.ofUser(userId)) deliverReceipts(session, position, texts)
    }
  }

  return { events: (deltas) => deltas.forEach(fanOut), receipts: (deltas) => deltas.forEach(fanOutReceipts) }
}
