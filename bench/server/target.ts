import type { Server } from '../load/connection.ts'
import type { Child } from '../process/start-child.ts'

/** What a load generator is pointed at. */
export interface Target extends Server {
  readonly child: Child
  /** Resolves when no work is left over: receipts stored, views caught up with the log. */
  settled(): Promise<void>
  stop(): Promise<void>
}
