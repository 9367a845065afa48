import type { Receipt } from '../ports/deltas.ts'
import type { Position } from '../ports/event-log.ts'

/** One page, ready for the wire: events are encoded already. */
export interface EncodedPage {
  /** JSON texts of wire events, in order of position. */
  readonly events: readonly string[]
  readonly receipts: readonly Receipt[]
  readonly checkpoint: string
  /** Position inside `checkpoint`: live events at or below it need not be sent again. */
  readonly upTo: Position
  readonly more: boolean
}

/** A resume in progress: pages from `since` up to the watermark that held when it began. */
export interface SyncCursor {
  next(limit: number): Promise<EncodedPage>
}

export interface SyncService {
  /**
   * Begins at `since`. Waits (bounded) until the views have folded everything that was durable when it was called, so a caller that
   * registered for live deltas first misses nothing. `snapshot_required` when `since` is of another epoch, made up, beyond the head, or too
   * far back (limits.resume); `behind` when the views do not get there in time. Rejects with `ProtocolError`.
   */
  resume(userId: string, since: string): Promise<SyncCursor>
  /** One page for a caller that keeps no cursor, with the errors of `resume`. `more` is false only when it reaches what was durable at the call. */
  page(userId: string, since: string, limit: number): Promise<EncodedPage>
  /** The token for a position of this log. */
  checkpoint(position: Position): string
}

/** Who may see a conversation's live traffic now. */
export interface Rosters {
  /** The members' user ids; undefined for an unknown conversation. Same array object as long as the roster does not change. */
  members(conversationId: string): Promise<readonly string[] | undefined>
}
