import { keyOf, type MessageCommand, type OutboxEntry } from '../commands/outbox-entry.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'

type Message = OutboxEntry & { readonly command: MessageCommand }

/**
 * Entries that are given up. None of them is sent any more, but some may have been accepted before: the server is
 * asked about those.
 */
export interface OutboxGivenUp {
  /** It may have been accepted before. */
  condemn(entry: OutboxEntry, error: BackscrollError): void
  errorOf(entry: OutboxEntry): BackscrollError | undefined
  isCondemned(entry: OutboxEntry): entry is Message
  /** The rejection is being stored. */
  setRejecting(entry: OutboxEntry, rejecting: boolean): void
  isRejecting(entry: OutboxEntry): boolean
  /** It has its outcome. */
  forget(entry: OutboxEntry): void
}

export const createOutboxGivenUp = (): OutboxGivenUp => {
  const condemned = new Map<string, BackscrollError>()
  const rejecting = new Set<string>()
  return {
    condemn: (entry, error) => void condemned.set(keyOf(entry), error),
    errorOf: (entry) => condemned.get(keyOf(entry)),
    isCondemned: (entry): entry is Message => entry.command.kind === 'message' && condemned.has(keyOf(entry)),
    setRejecting: (entry, is) => void (is ? rejecting.add(keyOf(entry)) : rejecting.delete(keyOf(entry))),
    isRejecting: (entry) => rejecting.has(keyOf(entry)),
    forget: (entry) => {
      rejecting.delete(keyOf(entry))
      condemned.delete(keyOf(entry))
    },
  }
}
