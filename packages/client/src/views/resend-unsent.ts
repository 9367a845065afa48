import type { Outbox } from '../outbox/outbox.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { UnsentBook } from './unsent-book.ts'

export interface ResendDeps {
  readonly unsent: UnsentBook
  readonly outbox: Pick<Outbox, 'add'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  /** Server time, milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** What people do with messages that were finally rejected. */
export const createResend = ({ unsent, outbox, write, now }: ResendDeps) => {
  const discard = async (conversationId: string, messageId: string) => {
    const taken = unsent.take(conversationId, messageId)
    if (taken !== undefined) await write(taken.changes)
  }
  return {
    discard,
    /** Under its id, so that it keeps its place for whoever shows it; the server has never taken it. */
    retry: async (conversationId: string, messageId: string) => {
      const taken = unsent.take(conversationId, messageId)
      if (taken === undefined) return
      const { command } = taken.entry
      const again = command.kind === 'message' ? { ...command, sentAt: now() } : command
      // Told as an event when it fails again. Its entry is written before what was kept is deleted.
      outbox.add(conversationId, messageId, again).catch(() => {})
      await write(taken.changes)
    },
  }
}
