/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { Position } from './event-log.ts'
import type { Time } from './time.ts'

/**
 * A stream that a process manager stands still at: what follows from one of its events could not be done, and nothing
 * that follows from later events of the same stream is done before it.
 */
export interface ParkedReaction {
  /** The name that its checkpoint is kept under. */
  readonly process: string
  /** The epoch of the log: positions of another epoch mean nothing. Null where `revision` is. */
  readonly epoch: string | null
  readonly stream: string
  /** The revision of the event; null for a notice of the accounts, which is no event yet. */
  readonly revision: number | null
  readonly position: Position | null
  /** The type of the event, or of the notice's command. */
  readonly type: string
  /** How often it was tried. */
  readonly attempts: number
  readonly error: string
  /** When it was tried last. */
  readonly at: Time
}

export interface ParkedReactionRecords {
  /** Those that were parked first; of one process, or of all. */
  parkedReactions(limit: number, process?: string): Promise<readonly ParkedReaction[]>
  parkedReactionCount(): Promise<number>
  /** In the place of what was parked of the stream before; whoever asked for a retry has the answer with it. */
  parkReaction(reaction: ParkedReaction): Promise<void>
  resumeReactions(process: string, stream: string): Promise<void>
  /** Asks the process to try the stream again. False: it is not parked. */
  askReactionRetry(process: string, stream: string): Promise<boolean>
  /** `asked`: nobody has tried since. Undefined: it is not parked (any more). */
  reactionRetry(process: string, stream: string): Promise<'asked' | 'parked' | undefined>
  /** Streams that the process is asked to try again. */
  reactionRetries(process: string): Promise<readonly string[]>
}
