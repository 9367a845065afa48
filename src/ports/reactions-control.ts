import type { ParkedReaction } from './parked-reactions.ts'

export interface ReactionsReport {
  /** The first ones. */
  readonly parked: readonly ParkedReaction[]
  /** How many there are. */
  readonly parkedCount: number
}

/** `unknown`: the stream is not parked for this process. `parked`: it had to be parked again. */
export type ReactionRetryOutcome = 'resumed' | 'parked' | 'unknown'

/**
 * What an operator does about reactions that failed. Rejects with an `UnavailableError` while no process runs
 * reactions.
 */
export interface ReactionsControl {
  report(): Promise<ReactionsReport>
  retry(process: string, stream: string): Promise<ReactionRetryOutcome>
}
