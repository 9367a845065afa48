import type { GroupChange } from '../../commands/outbox-entry.ts'
import type { Outbox } from '../../outbox/outbox.ts'

/** What to do next for waiting commands. `wait`: nothing can be done now, something may have changed later. */
export type Step = 'again' | 'wait'

/** Puts a commit of the SDK's own before the waiting commands. */
export type EnqueueCommit = (conversationId: string, change: GroupChange) => Step

export const createEnqueueCommit =
  (outbox: Pick<Outbox, 'insert'>, newId: () => string): EnqueueCommit =>
  (conversationId, change) =>
    outbox.insert(conversationId, newId(), { kind: 'group', change, quiet: true }) ? 'again' : 'wait'
