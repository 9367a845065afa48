import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { Changes } from './delivery-queue.ts'

/**
 * A device cannot open what it sealed itself: this holds the envelopes of accepted messages until their events were
 * handed over.
 */
export interface OwnEnvelopes {
  /** Keeps an entry's envelope until `forget` is called. */
  keep(entry: OutboxEntry, forget: Changes): Changes
  of(event: WireEvent, waiting: readonly OutboxEntry[]): string | undefined
}

const envelopeOf = ({ command }: OutboxEntry): string | undefined =>
  command.kind === 'message' ? command.plaintext : undefined

export const createOwnEnvelopes = (): OwnEnvelopes => {
  const kept = new Map<string, OutboxEntry>()
  const keyOf = (conversationId: string, clientSeq: unknown) => `${conversationId}/${clientSeq}`
  return {
    keep: (entry, forget) => {
      const key = keyOf(entry.conversationId, entry.clientSeq)
      kept.set(key, entry)
      return () => {
        kept.delete(key)
        return forget()
      }
    },
    of: ({ stream, data }, waiting) => {
      const entry =
        kept.get(keyOf(stream.id, data.clientSeq)) ?? waiting.find(({ clientSeq }) => clientSeq === data.clientSeq)
      return entry?.messageId === data.messageId ? entry && envelopeOf(entry) : undefined
    },
  }
}
