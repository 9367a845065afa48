import type { DeviceActivity, TypingActivity } from '@backscroll/protocol/client-frames'
import type { WebSocket } from 'ws'
import type { Debt } from '../../edge/egress/unread-bytes.ts'
import type { Bucket } from '../../edge/limits/token-bucket.ts'
import type { Positions } from '../../event-log/positions.ts'
import type { SocketAccess } from '../../ports/identity/access.ts'
import type { Watcher } from '../../presence/watch-book.ts'
import type { Outbox, Writable } from '../delivery/outbox.ts'
import type { LiveBuffer } from './live-buffer.ts'
import { awaitingConnect, type SessionState } from './session-state.ts'
import type { WheelEntry } from './timer-wheel.ts'

/**
 * One connection. A record, not an object with methods; everything that an idle one does not need is absent,
 * because there may be a million of them.
 */
export interface Session extends WheelEntry {
  readonly id: string
  readonly userId: string
  readonly deviceId: string
  readonly ws: SessionWebSocket
  readonly socket: SessionSocket
  /** What `connect` has to show first, until it has been shown. */
  prove: SocketAccess['prove']
  proving: boolean
  /** It had nothing to prove. */
  readonly keyless: boolean
  state: SessionState
  /** When its access ends. This and all that follow are times of the gateway's timers, which no date moves. */
  expiresAt: number
  /** When its access was issued: a date, in milliseconds since the Unix epoch. */
  issuedAt: number | undefined
  /** When the next heartbeat is due; before `connect`, when that must have come. */
  beatAt: number
  /** When a slow socket must have drained. */
  drainBy: number | undefined
  unansweredPings: number
  malformed: number
  bucket: Bucket
  /** Whether other processes know of it: being told, or told. */
  reach: 'telling' | 'told' | undefined
  /** A drain has begun: new frames are refused. */
  leaving: boolean
  outbox: Outbox | undefined
  /** Bytes that were written to its socket, read or not. */
  written: number
  /** What it has not read; absent for as long as it has always read everything at once. */
  debt: Debt | undefined
  /** Its pages of `sync`: each after the one before was taken. */
  pages: Promise<void> | undefined
  buffer: LiveBuffer | undefined
  /** What its last pages told it: live receipts up to here come late, and say less. */
  told: Positions | undefined
  /** Names of the logs whose part its last pages lacked. */
  degraded: readonly string[] | undefined
  /** Ids of frames without an answer yet [T3]. */
  inFlight: Set<number> | undefined
  /**
   * Events that an answer told this connection of, so that they are not pushed as well:
   * `<conversationId>@<revision>`.
   */
  acknowledged: Set<string> | undefined
  /** The activity that the device states, and whether the session counts as an active device now. */
  activity: DeviceActivity
  isActive: boolean
  /** Undefined while the session watches nobody. */
  watcher: Watcher | undefined
  /** Conversations in which this device is typing. */
  typing: Map<string, TypingState> | undefined
}

export interface TypingState extends WheelEntry {
  /** Undefined: the user does nothing. */
  wanted: TypingActivity | undefined
  /** What the others were last told, and when. */
  told: TypingActivity | undefined
  toldAt: number
}

export type SessionWebSocket = Pick<WebSocket, 'close' | 'pause' | 'resume' | 'isPaused' | 'readyState' | 'terminate'>
/** The connection below, whose bytes the gateway composes itself. */
export interface SessionSocket extends Writable {
  readonly writableLength: number
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

export interface NewSession {
  readonly id: string
  readonly userId: string
  readonly deviceId: string
  readonly ws: SessionWebSocket
  readonly socket: SessionSocket
  readonly prove: SocketAccess['prove']
  readonly expiresAt: number
  readonly issuedAt: number | undefined
  readonly connectBy: number
  readonly bucket: Bucket
  readonly due: (session: Session, now: number) => number | undefined
}

export const createSession = (options: NewSession): Session => {
  const { id, userId, deviceId, ws, socket, prove, expiresAt, issuedAt, connectBy, bucket } = options
  const session: Session = {
    id,
    userId,
    deviceId,
    ws,
    socket,
    prove,
    proving: false,
    keyless: prove === undefined,
    state: awaitingConnect,
    expiresAt,
    issuedAt,
    beatAt: connectBy,
    drainBy: undefined,
    unansweredPings: 0,
    malformed: 0,
    bucket,
    reach: undefined,
    leaving: false,
    outbox: undefined,
    written: 0,
    debt: undefined,
    pages: undefined,
    buffer: undefined,
    told: undefined,
    degraded: undefined,
    inFlight: undefined,
    acknowledged: undefined,
    activity: 'active',
    isActive: false,
    watcher: undefined,
    typing: undefined,
    slot: undefined,
    due: (now) => options.due(session, now),
  }
  return session
}
