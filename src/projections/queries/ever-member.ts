import { conversationStream } from '../../domain/stream-names.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { createBestEffort } from '../../runtime/best-effort.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { reachedAll, type Watermark } from '../watermark/watermark.ts'

export interface EverMemberDeps {
  readonly views: Views
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Pick<Watermark, 'reached'>
  /** Whether the views of a stream stand still. */
  readonly isParked: (stream: string) => Promise<boolean>
  /** How long the views may take to reach what was durable at the call, in milliseconds. */
  readonly patienceMs: number
}

/**
 * Is or was the user in the conversation? Makes the same reads for a conversation that does not exist and for one
 * of others [R4]. True where nobody can tell in time, or where the conversation's views stand still: then the
 * stream itself decides.
 */
export const createEverMember = ({ views, log, watermark, isParked, patienceMs }: EverMemberDeps) => {
  const soon = createBestEffort({ patienceMs: 2 * patienceMs, restMs: 10 * patienceMs, now: () => performance.now() })

  const isThere = async (conversationId: string, userId: string): Promise<boolean> =>
    (await views.get('memberships', membershipKey(conversationId, userId))) !== undefined

  const ask = async (conversationId: string, userId: string): Promise<boolean> => {
    if (await isThere(conversationId, userId)) return true
    // The user may have been added a moment ago.
    const inTime = await reachedAll(watermark, await log.heads(), patienceMs)
    if (!inTime || (await isParked(conversationStream(conversationId)))) return true
    return isThere(conversationId, userId)
  }

  return (conversationId: string, userId: string): Promise<boolean> => soon(() => ask(conversationId, userId), true)
}
