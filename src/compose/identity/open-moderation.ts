import { z } from 'zod'
import type { StorageQuota } from '../../edge/limits/storage-quota.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import type { Limits } from '../../identity/accounts/rate-limiter.ts'
import { createModeration } from '../../moderation/moderation.ts'
import { createReports, type SeenMessage } from '../../moderation/reports.ts'
import type { Queries } from '../../projections/queries/create-queries.ts'

import { reachedAll, type Watermark } from '../../projections/watermark/watermark.ts'
import type { OpenAccounts } from './open-accounts.ts'

export interface ModerationParts {
  readonly accounts: Pick<OpenAccounts, 'store' | 'trail'> & { readonly limits: Limits }
  readonly queries: Pick<Queries, 'streamEvents'>
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Pick<Watermark, 'reached'>
  readonly spending: StorageQuota
}

/** How long a report waits for the views, in milliseconds. */
const waitMs = 1_000

/** The fields of a message as members are served it. */
const servedMessage = z.object({
  revision: z.int(),
  type: z.literal('MessageSent'),
  at: z.int(),
  actor: z.object({ userId: z.string() }),
  data: z.object({ messageId: z.string(), ciphertext: z.string().nullish() }),
})

const seenMessage = (text: string | undefined, revision: number): SeenMessage | undefined => {
  if (text === undefined) return undefined
  const { data: event } = servedMessage.safeParse(JSON.parse(text))
  if (event?.revision !== revision) return undefined
  const { messageId, ciphertext = null } = event.data
  return { messageId, senderId: event.actor.userId, sentAt: event.at, ciphertext }
}

/** Opens reporting for users, and moderation for admins. */
export const openModeration = ({ accounts, queries, log, watermark, spending }: ModerationParts) => {
  const { store, trail, limits } = accounts
  return {
    reports: createReports({
      ...{ records: store, existing: store.existing, limits, now: Date.now, store: spending.take },
      messageAt: async (userId, conversationId, revision) => {
        await reachedAll(watermark, await log.heads(), waitMs)
        const { events } = await queries.streamEvents(userId, conversationId, revision, 1)
        return seenMessage(events[0], revision)
      },
    }),
    moderation: createModeration({ records: store, trail }),
  }
}
