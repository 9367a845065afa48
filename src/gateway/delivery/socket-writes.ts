import type { Unread } from '../../edge/egress/unread-bytes.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { Session } from '../sessions/session.ts'
import { isOpen } from '../sessions/session-state.ts'
import { debtOf } from '../sessions/session-unread.ts'
import {
  addEvent,
  addFrame,
  addParts,
  addReceipt,
  addReply,
  addShared,
  createOutbox,
  type Outbox,
  writeOutbox,
} from './outbox.ts'
import { partsFrame, type TextParts, textFrame } from './websocket-frame.ts'

/**
 * Writes to the sockets. Everything that a session gets in one turn of the event loop becomes one write at the
 * turn's end, answers first. Sessions that close get nothing more.
 */
export interface SocketWrites {
  /** An answer: goes before all pushes of this turn. */
  reply(session: Session, text: string): void
  /** One push; all texts must be ASCII. */
  push(session: Session, text: string): void
  /** The same of a text in parts. */
  pushParts(session: Session, text: TextParts): void
  /** Finished frames as latin1 text. */
  frames(session: Session, frames: string): void
  event(session: Session, text: string): void
  receipt(session: Session, text: string): void
  shared(session: Session, frame: Buffer): void
  /** Writes now what waits for this session. */
  flush(session: Session): void
  /** Data waits for this session that its client has not read. */
  owe(session: Session): void
}

/** A turn's output beyond this is written at once, so that no turn can pile up more. */
const earlyFlushBytes = 64 * 1024

/** `readyState` of a socket that neither side has begun to close; nothing may follow a close frame. */
const open = 1

export interface SocketWritesDeps {
  readonly maxPendingBytes: number
  readonly metrics: GatewayMetrics
  readonly unread: Pick<Unread, 'note'>
  /** Called when a session has too much unread, or takes nothing. */
  readonly onDropped: (session: Session) => void
  /** Called after a write that left more than `maxPendingBytes` waiting in the socket. */
  readonly onSlow: (session: Session) => void
}

export const createSocketWrites = (deps: SocketWritesDeps): SocketWrites => {
  const { maxPendingBytes, metrics, unread, onDropped, onSlow } = deps
  let dirty: Session[] = []

  const flushAll = (): void => {
    const sessions = dirty
    dirty = []
    for (const session of sessions) flush(session)
  }

  const begin = (session: Session): Outbox => {
    if (dirty.push(session) === 1) setImmediate(flushAll)
    session.outbox = createOutbox()
    return session.outbox
  }

  /** Stops reading from a client that sends but does not read, until it does. */
  const holdBack = ({ ws, socket }: Session): void => {
    if (ws.isPaused) return
    ws.pause()
    socket.once('drain', () => ws.resume())
  }

  const owe = (session: Session): void => {
    session.debt ??= debtOf(session, onDropped)
    unread.note(session.debt)
  }

  const flush = (session: Session): void => {
    const { outbox, socket, ws } = session
    session.outbox = undefined
    if (outbox === undefined || ws.readyState !== open) return
    writeOutbox(outbox, socket)
    metrics.written(outbox.bytes)
    session.written += outbox.bytes
    if (socket.writableLength === 0) return
    owe(session)
    if (socket.writableLength <= maxPendingBytes) return
    if (socket.writableLength > 2 * maxPendingBytes) holdBack(session)
    onSlow(session)
  }

  const put = <Item>(session: Session, add: (outbox: Outbox, item: Item) => void, item: Item): void => {
    if (!isOpen(session.state)) return
    const outbox = session.outbox ?? begin(session)
    add(outbox, item)
    if (outbox.bytes > earlyFlushBytes) flush(session)
  }

  return {
    reply: (session, text) => put(session, addReply, text),
    push: (session, text) => put(session, addFrame, textFrame(text)),
    pushParts: (session, text) => put(session, addParts, partsFrame(text)),
    frames: (session, frames) => put(session, addFrame, frames),
    event: (session, text) => put(session, addEvent, text),
    receipt: (session, text) => put(session, addReceipt, text),
    shared: (session, frame) => put(session, addShared, frame),
    flush,
    owe,
  }
}
