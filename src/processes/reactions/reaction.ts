import type { RecordedEvent } from '../../ports/event-log.ts'

export interface Reaction {
  /** The types of the events that it looks at. */
  readonly types: ReadonlySet<string>
  /**
   * What follows from an event; undefined when nothing does. It is repeated after a crash, so it must be
   * idempotent. An error is retried (see `createAttempts`). If all attempts fail, the event's stream is parked:
   * what follows from its later events waits, in order, and other streams go on. Answers whether there was
   * anything to do.
   */
  readonly react: (event: RecordedEvent) => (() => Promise<boolean>) | undefined
}
