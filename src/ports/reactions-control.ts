import type { ParkedReaction } from './parked-reactions.ts'

export interface ReactionsReport {
  /** The first of them. */
  readonly parked: readonly ParkedReaction[]
  /** All of them. */
  readonly parkedCount: number
}

/** `unknown`: the stream is not parked for this process. `parked`: it had to be parked again. */
export type ReactionRetryOutcome = 'resumed' | 'parked' | 'unknown'

/** What an operator does with what could not be done. Rejects with an `UnavailableError` while nobody does what follows from events. */
export interface ReactionsControl {
  report(): Promise<ReactionsReport>
  retry(process: string, stream: string): Promise<ReactionRetryOutcome>
}
