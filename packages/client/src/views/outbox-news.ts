import type { Accepted, OutboxEntry } from '../commands/outbox-entry.ts'

/** What becomes of commands, at the moment at which it is known. `waiting`: what waits in a conversation may have changed. */
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

/** A message of a person: it has a place of its own in a timeline. */
export const isMessage = ({ command }: OutboxEntry): boolean =>
  command.kind === 'message' &&
  command.control !== true &&
  (command.relatesTo === undefined || command.relatesTo.kind === 'reply')
