import type { ClientEvent } from './client-events.ts'

/** The result of processing an event. */
export interface DecryptedEvent {
  /** The content's envelope; undefined where there is none, it was deleted, or it cannot be read. */
  readonly envelope?: Uint8Array
  /** Why a message cannot be read: an E2eeError's code, `no_group` or `not_mine`. */
  readonly unreadable?: string
  /** The server states something about it that its sender did not say: it is not shown. */
  readonly hidden?: boolean
  /** Reported before it. */
  readonly before: readonly ClientEvent[]
}
