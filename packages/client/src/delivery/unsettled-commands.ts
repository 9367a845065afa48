import type { Changes } from './delivery-queue.ts'

interface Unseen {
  readonly revision: number
  readonly changes: Changes
}

/**
 * Accepted commands whose event has not arrived yet. What is stored about them is forgotten only after the event,
 * so that a crash in between sends them again and gets the same answer, rather than losing the event.
 */
export interface UnsettledCommands {
  /** `upTo`: the newest revision of the conversation that is queued for the application. */
  add(conversationId: string, revision: number, upTo: number, changes: Changes): void
  reached(conversationId: string, upTo: number): void
  /** A snapshot stands for all events before it. */
  reset(): void
}

export const createUnsettledCommands = (write: (changes: Changes) => void): UnsettledCommands => {
  const unseen = new Map<string, Unseen[]>()
  const reached = (id: string, upTo: number) => {
    const waiting = unseen.get(id)
    if (waiting === undefined) return
    const left = waiting.filter((one) => one.revision > upTo)
    for (const one of waiting) if (one.revision <= upTo) write(one.changes)
    if (left.length === 0) unseen.delete(id)
    else unseen.set(id, left)
  }
  return {
    add: (id, revision, upTo, changes) => {
      if (revision <= upTo) write(changes)
      else unseen.set(id, [...(unseen.get(id) ?? []), { revision, changes }])
    },
    reached,
    reset: () => {
      for (const id of [...unseen.keys()]) reached(id, Number.POSITIVE_INFINITY)
    },
  }
}
