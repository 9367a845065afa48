import type { Positions } from '../event-log/positions.ts'
import type { Position } from '../ports/event-log.ts'

export interface ServedView {
  readonly view: string
  /** The generation that queries read: the name of its collection. */
  readonly generation: string
  /** Everything at or below is folded: one position for each log. */
  readonly position: Positions
}

/** A stream that stands still in all views, because one of its events could not be folded. */
export interface StoppedStream {
  readonly stream: string
  /** The revision of the event that could not be folded. */
  readonly revision: number
  readonly position: Position
  readonly error: string
}

export interface ViewsReport {
  readonly head: Positions
  readonly views: readonly ServedView[]
  /** The names of those that are being built beside the ones served. */
  readonly rebuilding: readonly string[]
  /** The first ones, in the order of the log. */
  readonly parked: readonly StoppedStream[]
  /** How many there are. */
  readonly parkedCount: number
}

/** `busy`: views are being built already. `unknown`: one of the names is not a view's. */
export type RebuildOutcome = 'begun' | 'busy' | 'unknown'

/** `unknown`: the stream does not stand still. `parked`: it had to be parked again. */
export type RetryOutcome = 'resumed' | 'parked' | 'unknown'

/** What an operator does with the views. Rejects with an `UnavailableError` while no process runs them. */
export interface ViewsControl {
  report(): Promise<ViewsReport>
  /** All views if none is named. Answers when it has begun; the report says when it is over. */
  rebuild(views: readonly string[]): Promise<RebuildOutcome>
  retry(stream: string): Promise<RetryOutcome>
}

/** What an operator wants, where another thread or process runs the views. */
export type ViewsAsk =
  | { readonly ask: 'report' }
  | { readonly ask: 'rebuild'; readonly views: readonly string[] }
  | { readonly ask: 'retry'; readonly stream: string }

export type ViewsAnswer =
  | { readonly ask: 'report'; readonly report: ViewsReport }
  | { readonly ask: 'rebuild'; readonly outcome: RebuildOutcome }
  | { readonly ask: 'retry'; readonly outcome: RetryOutcome }
  | { readonly ask: 'failed'; readonly error: string }
