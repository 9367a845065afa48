import type { Position } from './event-log.ts'

export interface ServedView {
  readonly view: string
  /** The generation that queries read: the name of its collection. */
  readonly generation: string
  /** Everything at or below is folded. */
  readonly position: Position
}

/** A stream that stands still in all views, because an event of it could not be folded. */
export interface StoppedStream {
  readonly stream: string
  /** Of the event that could not be folded. */
  readonly revision: number
  readonly position: Position
  readonly error: string
}

export interface ViewsReport {
  readonly head: Position
  readonly views: readonly ServedView[]
  /** The names of those that are being built beside the ones served. */
  readonly rebuilding: readonly string[]
  /** The first of them, in the order of the log. */
  readonly parked: readonly StoppedStream[]
  /** All of them. */
  readonly parkedCount: number
}

/** `busy`: views are being built already. `unknown`: one of the names is no view's. */
export type RebuildOutcome = 'begun' | 'busy' | 'unknown'

/** `unknown`: the stream does not stand still. `parked`: it had to be parked again. */
export type RetryOutcome = 'resumed' | 'parked' | 'unknown'

/** What an operator does with the views. Rejects with an `UnavailableError` while nobody keeps them. */
export interface ViewsControl {
  report(): Promise<ViewsReport>
  /** All views if none is named. Answers when it has begun: the report says when it is over. */
  rebuild(views: readonly string[]): Promise<RebuildOutcome>
  retry(stream: string): Promise<RetryOutcome>
}
