import type { Child } from '../process/start-child.ts'

/** What a load generator is pointed at. */
export interface Target {
  readonly kind: 'floor' | 'backscroll'
  readonly child: Child
  /** Of the WebSocket. */
  readonly url: string
  /** Resolves when no work is left over: receipts stored, views caught up with the log. */
  settled(): Promise<void>
  stop(): Promise<void>
}
