import type { Positions } from '../../event-log/positions.ts'
import type { Receipt } from '../../ports/deltas.ts'
import type { EncodedEvents } from '../reading/encoded-events.ts'

/** One page, ready for the wire: events are encoded already. */
export interface EncodedPage {
  /** In order of position in each log, one log after the other. */
  readonly events: EncodedEvents
  readonly receipts: readonly Receipt[]
  readonly checkpoint: string
  /** The positions inside `checkpoint`: live events at or below them need not be sent again. */
  readonly upTo: Positions
  readonly more: boolean
  /** Names of the logs that did not answer: their part of `checkpoint` is unchanged. */
  readonly degraded?: readonly string[]
}

/** A resume in progress: pages from `since` up to the watermark that held when it began. */
export interface SyncCursor {
  next(limit: number): Promise<EncodedPage>
}

export interface SyncService {
  /**
   * Starts a sync at `since`. Waits for a limited time until the views have folded everything that was durable at
   * the call, so that a caller who subscribed to live deltas first misses nothing. `snapshot_required`: `since`
   * belongs to another epoch, is made up, is beyond the head, or is too far back (limits.resume). `behind`: the
   * views did not get there in time. With several logs, those that do not answer are left out, and the pages name
   * them. Rejects with `ProtocolError`.
   */
  resume(userId: string, since: string): Promise<SyncCursor>
  /**
   * One page for a caller that keeps no cursor, with the errors of `resume`. `more` is false only when it reaches
   * what was durable at the call.
   */
  page(userId: string, since: string, limit: number): Promise<EncodedPage>
  /** The token for positions of these logs. */
  checkpoint(positions: Positions): string
  /** Names of the logs that do not answer now. */
  silent(): readonly string[]
}

/** The users who may see a conversation's live traffic now. */
export interface Rosters {
  /**
   * The members' user ids; undefined for an unknown conversation. The same array object as long as the roster
   * does not change.
   */
  members(conversationId: string): Promise<readonly string[] | undefined>
}
