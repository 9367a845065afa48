import type { GroupChange } from '../../commands/outbox-entry.ts'
import type { Outbox } from '../../outbox/outbox.ts'

/** What to do next for waiting commands. `wait`: nothing can be done now, something may have changed later. */
export type Step = 'again' | 'wait'

/** Puts a commit of the SDK's own before the waiting commands. */
export type InsertChange = (conversationId: string, change: GroupChange) => Step

export const createInsertChange =
  (outbox: Pick<Outbox, 'insert'>, newId: () => string): InsertChange =>
  (conversationId, change) =>
    outbox.insert(conversationId, newId(), { kind: 'group', change, quiet: true }) ? 'again' : 'wait'
