import type { Logger } from 'pino'
import type { Commands } from '../commands/commands.ts'
import type { AccountStore } from '../ports/accounts.ts'
import type { EventReader } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'
import { createViews, type ViewsDeps } from '../projections/queries/views.ts'
import { createLeaveConversations } from '../roles/leave-conversations.ts'
import { type ProcessManager, startProcessManager } from '../roles/process-manager.ts'

export interface WorkerParts extends ViewsDeps {
  readonly log: Pick<EventReader, 'epoch' | 'subscribe'>
  readonly watermark: Watermark
  readonly commands: Commands
  readonly store: AccountStore
  readonly logger: Logger
}

/** The process managers of one process. */
export const startWorker = (parts: WorkerParts): Promise<ProcessManager> =>
  startProcessManager({
    name: 'leave-conversations',
    log: parts.log,
    checkpoints: parts.store,
    react: createLeaveConversations({ ...parts, views: createViews(parts) }),
    onError: (error) => parts.logger.warn({ err: error }, 'leaving conversations: failed and will be tried again'),
  })
