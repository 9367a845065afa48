/**
 * What an operator sets, with defaults in `src/config` alone; `src/edge/limits` has what users may do at most. Times in milliseconds, sizes in bytes.
 */
export interface GatewaySettings {
  readonly heartbeatMs: number
  /** Largest frame from a client; a larger one closes the socket with 1009. */
  readonly maxFrameBytes: number
  /** Unanswered frames with an id per connection [T3]. */
  readonly maxInFlight: number
  /** Bytes that wait in one socket before it loses its live feed. */
  readonly maxPendingBytes: number
}

/** All of it: what nobody has had to set is fixed below. */
export interface GatewayConfig extends GatewaySettings {
  /** A socket without `connect` after this time is closed. */
  readonly connectTimeoutMs: number
  /** Handshakes in progress at once; further ones are told to come later. */
  readonly maxHandshakes: number
  /** Frames that are not JSON objects before the socket is closed with 4500. */
  readonly maxMalformed: number
  /** Time that a slow socket has to drain. */
  readonly drainTimeoutMs: number
  /** How long a client that reads pages may take for one while others wait for their turn. */
  readonly pageTimeoutMs: number
  /** Limits of the live events that one session holds while it resumes. */
  readonly bufferEvents: number
  readonly bufferBytes: number
  /** Events in a page of a resume: small pages cost less, because their text needs no memory of its own. */
  readonly resumePage: number
  /** How long a `sync` may wait for the views. */
  readonly syncWaitMs: number
  readonly typingExpiryMs: number
  /** A repeated `typing: true` within this time is not passed on. */
  readonly typingThrottleMs: number
  /** Conversations in which one connection may be typing at once. */
  readonly maxTyping: number
  /** Precision of all timers of sessions. */
  readonly tickMs: number
  /**
   * Every open session's account is checked again in this time, with this many sessions in a read; where the
   * store does not answer, again after that.
   */
  readonly standingEveryMs: number
  readonly standingBatch: number
  readonly standingRetryMs: number
  /** A drain spreads its closes over this time. */
  readonly drainSpreadMs: number
  /** ... waits this long for answers in flight, and then this long for clients to close their side. */
  readonly drainAnswersMs: number
  readonly drainFarewellMs: number
}

export const fixedGatewayConfig: Omit<GatewayConfig, keyof GatewaySettings> = {
  connectTimeoutMs: 10_000,
  maxHandshakes: 2_048,
  maxMalformed: 5,
  drainTimeoutMs: 30_000,
  pageTimeoutMs: 2_000,
  bufferEvents: 2_000,
  bufferBytes: 1024 * 1024,
  resumePage: 100,
  syncWaitMs: 2_000,
  typingExpiryMs: 6_000,
  typingThrottleMs: 2_000,
  maxTyping: 16,
  tickMs: 250,
  standingEveryMs: 30_000,
  standingBatch: 500,
  standingRetryMs: 1_000,
  drainSpreadMs: 2_000,
  drainAnswersMs: 5_000,
  drainFarewellMs: 1_000,
}
