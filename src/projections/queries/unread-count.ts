import { expiredBefore } from '../../domain/conversation/expiry.ts'
import type { ConversationDocument, MembershipDocument, WatermarkDocument } from '../documents.ts'
import { membershipKey, messageKey, under, type Views } from '../reading/view-reader.ts'
import { newestInterval } from '../reading/visibility.ts'

/** A count of 100 means "more than 99". */
const unreadCap = 100
/** Only the newest messages are searched, so that a user who writes much and reads nothing stays cheap to count. */
const lookBack = 2000

export interface OwnWatermarks {
  readonly delivered: number
  readonly read: number
}

const highest = (documents: readonly WatermarkDocument[], field: 'delivered' | 'read'): number =>
  documents.reduce((max, document) => Math.max(max, document[field]), 0)

/** The furthest watermark of any of the user's devices. */
export const ownWatermarks = async (views: Views, membership: MembershipDocument): Promise<OwnWatermarks> => {
  const key = under(membershipKey(membership.conversationId, membership.userId))
  const documents = await views.find('watermarks', { key })
  return { delivered: highest(documents, 'delivered'), read: highest(documents, 'read') }
}

/**
 * Visible, undeleted, unexpired messages of others above the read watermark: counted on an index, never by a
 * counter that can drift.
 */
export const countUnread = async (
  views: Views,
  conversation: ConversationDocument,
  membership: MembershipDocument,
  read: number,
  now: number,
): Promise<number> => {
  const fromSeq = newestInterval(membership)?.fromSeq ?? Number.POSITIVE_INFINITY
  const above = Math.max(read, fromSeq - 1, conversation.expiredSeq, conversation.lastSeq - lookBack)
  if (above >= conversation.lastSeq) return 0
  const before = expiredBefore(conversation.retentionSeconds, now)
  const unexpired = Number.isFinite(before) ? { at: { gte: before } } : {}
  const { conversationId } = conversation
  return views.count(
    'timeline',
    {
      key: { gt: messageKey(conversationId, above), lte: messageKey(conversationId, conversation.lastSeq) },
      where: { sender: { not: membership.userId }, deleted: { eq: 0 }, ...unexpired },
    },
    unreadCap,
  )
}
