import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import type { Receipt } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import type { MembershipDocument, WatermarkDocument } from '../documents.ts'
import type { Views } from '../reading/view-reader.ts'
import { newestInterval } from '../reading/visibility.ts'

export interface PlacedReceipt {
  readonly position: number
  readonly receipt: Receipt
}

/** As `viewer` may see it: only the reader's own devices hear what was read in private. */
export const toReceipt = (document: WatermarkDocument, viewer: string): Receipt => {
  const own = document.userId === viewer
  const [read, readAt] = own ? [document.read, document.readAt] : [document.sharedRead, document.sharedReadAt]
  return {
    conversationId: document.conversationId,
    userId: document.userId,
    deviceId: document.deviceId,
    ...(document.delivered > 0 ? { delivered: document.delivered } : {}),
    ...(read > 0 ? { read } : {}),
    at: Math.max(document.deliveredAt ?? 0, readAt ?? 0),
  }
}

/** A watermark below the first message that a member sees would only tell that there were others. */
export const concerns = (document: WatermarkDocument, membership: MembershipDocument | undefined): boolean =>
  membership !== undefined && document.delivered >= (newestInterval(membership)?.fromSeq ?? Number.POSITIVE_INFINITY)

/**
 * The newest watermarks, by user and device, that moved after `since` in the user's present conversations, in order
 * of position. The memberships are of conversations in one log. `snapshot_required` when there are more than
 * `most`.
 */
export const receiptsSince = async (
  views: Views,
  userId: string,
  memberships: readonly MembershipDocument[],
  since: Position,
  most: number = limits.resume.events,
): Promise<readonly PlacedReceipt[]> => {
  const byId = new Map(memberships.filter((m) => m.active === 1).map((m) => [m.conversationId, m]))
  if (byId.size === 0) return []
  const found = await views.find('watermarks', {
    where: { conversationId: { in: [...byId.keys()] }, position: { gt: Number(since) } },
    limit: most + 1,
  })
  if (found.length > most) throw new ProtocolError('snapshot_required')
  return found
    .filter((document) => concerns(document, byId.get(document.conversationId)))
    .filter((document) => document.userId === userId || document.sharedPosition > Number(since))
    .sort((a, b) => a.position - b.position)
    .map((document) => ({ position: document.position, receipt: toReceipt(document, userId) }))
}
