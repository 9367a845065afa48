import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import { bandStart, logOfNumber, type Positions } from '../../event-log/positions.ts'
import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import type { Views } from '../reading/view-reader.ts'

export interface Moved {
  readonly conversation: ConversationDocument
  readonly membership: MembershipDocument
}

/** All events of a conversation are in one log. */
const logOfMembership = ({ joinedPosition }: MembershipDocument): number => logOfNumber(joinedPosition)

/** One log after another, because positions of different logs do not compare. */
const endedSince = async (views: Views, userId: string, since: Positions): Promise<readonly MembershipDocument[]> => {
  const inLog = (after: bigint, index: number) =>
    views.find('memberships', {
      where: { userId: { eq: userId }, endedPosition: { gt: Number(after), lt: Number(bandStart(index + 1)) } },
    })
  return (await Promise.all(since.map(inLog))).flat()
}

/**
 * The memberships in which a user can have seen something after `since`, present ones and those that ended later,
 * by the log of their conversation. Memberships that ended before cost nothing, however many there are.
 */
export const membershipsSince = async (
  views: Views,
  userId: string,
  since: Positions,
): Promise<ReadonlyMap<number, readonly MembershipDocument[]>> => {
  const present = await views.find('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } })
  return Map.groupBy([...present, ...(await endedSince(views, userId, since))], logOfMembership)
}

/**
 * Those among them, all of one log, whose conversation moved after `since`. `snapshot_required` when there are more
 * than `most`: too many to resume.
 */
export const movedSince = async (
  views: Views,
  memberships: readonly MembershipDocument[],
  since: bigint,
  most: number = limits.resume.conversations,
): Promise<readonly Moved[]> => {
  if (memberships.length === 0) return []
  const byId = new Map(memberships.map((membership) => [membership.conversationId, membership]))
  const conversations = await views.find('conversations', {
    key: { in: [...byId.keys()] },
    where: { lastPosition: { gt: Number(since) } },
    limit: most + 1,
  })
  if (conversations.length > most) throw new ProtocolError('snapshot_required')
  return conversations.flatMap((conversation) => {
    const membership = byId.get(conversation.conversationId)
    return membership === undefined ? [] : [{ conversation, membership }]
  })
}
