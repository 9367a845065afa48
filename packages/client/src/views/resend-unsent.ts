import type { Outbox } from '../outbox/outbox.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import type { UnsentBook } from './unsent-book.ts'

export interface ResendDeps {
  readonly unsent: UnsentBook
  readonly outbox: Pick<Outbox, 'add'>
  readonly uploads: Pick<MessageUploads, 'has' | 'retry' | 'withdraw'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  /** Server time in milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** Resends or discards messages that were finally rejected. */
export const createResend = ({ unsent, outbox, uploads, write, now }: ResendDeps) => {
  const discard = async (conversationId: string, messageId: string) => {
    if (uploads.has(conversationId, messageId)) return uploads.withdraw(conversationId, messageId)
    const taken = unsent.take(conversationId, messageId)
    if (taken !== undefined) await write(taken.changes)
  }
  return {
    discard,
    /** The message keeps its id, and thereby its place on the screen. The server has never accepted that id. */
    retry: async (conversationId: string, messageId: string) => {
      if (uploads.has(conversationId, messageId)) return uploads.retry(conversationId, messageId)
      const taken = unsent.take(conversationId, messageId)
      if (taken === undefined) return
      const { command } = taken.entry
      const again = command.kind === 'message' ? { ...command, sentAt: now() } : command
      // A second failure is reported as an event. The new entry is stored before the kept one is deleted.
      outbox.add(conversationId, messageId, again).catch(() => {})
      await write(taken.changes)
    },
  }
}
