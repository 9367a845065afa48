import type { Accepted, OutboxEntry } from '../commands/outbox-entry.ts'

/**
 * Reports what happens to commands, as it happens. `waiting`: the waiting commands of a conversation may have
 * changed.
 */
export type OutboxNews =
  | { readonly kind: 'waiting'; readonly conversationId: string }
  | { readonly kind: 'accepted'; readonly entry: OutboxEntry; readonly result: Accepted }
  | { readonly kind: 'ended'; readonly entry: OutboxEntry }

export interface OutboxNewsHub {
  tell(news: OutboxNews): void
  watch(listener: (news: OutboxNews) => void): () => void
}

export const createOutboxNews = (): OutboxNewsHub => {
  const listeners = new Set<(news: OutboxNews) => void>()
  return {
    tell: (news) => {
      for (const listener of listeners) listener(news)
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A new message with its own place in the timeline, as opposed to an edit, reaction or deletion. */
export const isMessage = ({ command }: OutboxEntry): boolean =>
  command.kind === 'message' &&
  command.control !== true &&
  (command.relatesTo === undefined || command.relatesTo.kind === 'reply')
