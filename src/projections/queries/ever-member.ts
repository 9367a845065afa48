import type { EventLogs } from '../../event-log/event-logs.ts'
import { createSoon } from '../../runtime/best-effort.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { reachedAll, type Watermark } from '../watermark/watermark.ts'

export interface EverMemberDeps {
  readonly views: Views
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Pick<Watermark, 'reached'>
  /** Whether the views of a stream stand still. */
  readonly isParked: (stream: string) => Promise<boolean>
  /** How long the views may take to reach what was durable when it was asked, milliseconds. */
  readonly patienceMs: number
}

/**
 * Is the user in the conversation, or was so at any time? Reads the same of one that is not there and of one that is
 * others' [R4]. True where nobody can tell in time, or the conversation's views stand still: then the stream itself
 * says it.
 */
export const createEverMember = ({ views, log, watermark, isParked, patienceMs }: EverMemberDeps) => {
  const soon = createSoon({ patienceMs: 2 * patienceMs, restMs: 10 * patienceMs, now: () => performance.now() })

  const isThere = async (conversationId: string, userId: string): Promise<boolean> =>
    (await views.get('memberships', membershipKey(conversationId, userId))) !== undefined

  const ask = async (conversationId: string, userId: string): Promise<boolean> => {
    if (await isThere(conversationId, userId)) return true
    // A moment ago somebody may have let the user in.
    const inTime = await reachedAll(watermark, await log.heads(), patienceMs)
    if (!inTime || (await isParked(`conversation-${conversationId}`))) return true
    return isThere(conversationId, userId)
  }

  return (conversationId: string, userId: string): Promise<boolean> => soon(() => ask(conversationId, userId), true)
}
