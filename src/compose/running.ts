/** Told what a start does from now on, for somebody who waits for it. */
export type Doing = (step: string) => void

/** A running process. */
export interface Running {
  /** Base URL that it listens on. */
  readonly url: string
  /** Rejects when the process can no longer do its work: it should end and be started again. */
  readonly failed: Promise<unknown>
  /** Refuses new work, sends clients away to reconnect, finishes and flushes what is in flight, closes everything. */
  stop(): Promise<void>
}
