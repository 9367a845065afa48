import type { Position } from '../../../ports/event-log.ts'

/** Tells listeners that the log has grown. */
export interface HeadSignal {
  announce(head: Position): void
  /** Returns a function that stops listening. */
  listen(listener: (head: Position) => void): () => void
}

export const createHeadSignal = (): HeadSignal => {
  const listeners = new Set<(head: Position) => void>()
  return {
    announce(head) {
      for (const listener of listeners) listener(head)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
