/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { Position } from './event-log.ts'
import type { Time } from './time.ts'

/**
 * A stream at which a process manager stands still: its reaction to one event failed, and it does not react to
 * later events of the same stream before that one is done.
 */
export interface ParkedReaction {
  /** The name that its checkpoint is stored under. */
  readonly process: string
  /** The epoch of the log: positions of another epoch mean nothing. Null where `revision` is null. */
  readonly epoch: string | null
  readonly stream: string
  /** The revision of the event; null for a notice of the accounts, which is not an event yet. */
  readonly revision: number | null
  readonly position: Position | null
  /** The type of the event, or of the notice's command. */
  readonly type: string
  /** How many attempts there were. */
  readonly attempts: number
  readonly error: string
  /** When the last attempt was. */
  readonly at: Time
}

export interface ParkedReactionRecords {
  /** The streams that were parked first; of one process, or of all. */
  parkedReactions(limit: number, process?: string): Promise<readonly ParkedReaction[]>
  parkedReactionCount(): Promise<number>
  /** Replaces what was parked for the stream before. This also answers a request for a retry. */
  parkReaction(reaction: ParkedReaction): Promise<void>
  resumeReactions(process: string, stream: string): Promise<void>
  /** Asks the process to try the stream again. False: the stream is not parked. */
  askReactionRetry(process: string, stream: string): Promise<boolean>
  /** `asked`: there was no attempt since the request. Undefined: the stream is not parked (any more). */
  reactionRetry(process: string, stream: string): Promise<'asked' | 'parked' | undefined>
  /** Streams that the process should try again. */
  reactionRetries(process: string): Promise<readonly string[]>
}
