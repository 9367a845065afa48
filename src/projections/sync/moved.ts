import type { Position } from '../../ports/event-log.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import type { Views } from '../queries/views.ts'

export interface Moved {
  readonly conversation: ConversationDocument
  readonly membership: MembershipDocument
}

const sawSince = (membership: MembershipDocument, since: number): boolean =>
  membership.active === 1 || (membership.endedPosition !== null && membership.endedPosition > since)

/** The memberships in which a user can have seen something after `since`: those that last, and those that ended later. */
export const membershipsSince = async (
  views: Views,
  userId: string,
  since: Position,
): Promise<readonly MembershipDocument[]> => {
  const memberships = await views.find('memberships', { where: { userId: { eq: userId } } })
  return memberships.filter((membership) => sawSince(membership, Number(since)))
}

/** Those of them whose conversation moved after `since`. `snapshot_required` when there are too many to resume. */
export const movedSince = async (
  views: Views,
  memberships: readonly MembershipDocument[],
  since: Position,
): Promise<readonly Moved[]> => {
  const byId = new Map(memberships.map((membership) => [membership.conversationId, membership]))
  const conversations = await views.find('conversations', {
    key: { in: [...byId.keys()] },
    where: { lastPosition: { gt: Number(since) } },
    limit: limits.resume.conversations + 1,
  })
  if (conversations.length > limits.resume.conversations) throw new ProtocolError('snapshot_required')
  return conversations.flatMap((conversation) => {
    const membership = byId.get(conversation.conversationId)
    return membership === undefined ? [] : [{ conversation, membership }]
  })
}
