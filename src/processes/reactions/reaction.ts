import type { RecordedEvent } from '../../ports/event-log.ts'

export interface Reaction {
  /** The types of the events that it looks at. */
  readonly types: ReadonlySet<string>
  /**
   * What follows from an event; undefined when nothing does. It is done again after a crash, so it must bear being done
   * twice. What it throws is tried again (see `createAttempts`). What fails all the same parks the event's stream: what
   * follows from later events of the same stream waits behind it, in their order, and other streams go on. Answers
   * whether there was anything to do.
   */
  readonly react: (event: RecordedEvent) => (() => Promise<boolean>) | undefined
}
