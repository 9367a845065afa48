import { ProtocolError } from '@backscroll/protocol/errors'
import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import { membershipKey, type Views } from './view-reader.ts'
import { served } from './visibility.ts'

export interface Seen {
  readonly conversation: ConversationDocument
  readonly membership: MembershipDocument
}

/** A user who is asked to come back has the former role until then; a user who was never here has none. */
const answered = (membership: MembershipDocument | undefined): MembershipDocument | undefined => {
  if (membership?.active !== 2) return membership
  const intervals = served(membership)
  return intervals.length === 0 ? undefined : { ...membership, active: 0, intervals }
}

/**
 * A conversation and the user's membership in it, present or former. `not_found`, the same whether it is unknown,
 * of others, or not accepted yet [R4].
 */
export const seenBy = async (views: Views, userId: string, conversationId: string): Promise<Seen> => {
  const membership = answered(await views.get('memberships', membershipKey(conversationId, userId)))
  const conversation = membership === undefined ? undefined : await views.get('conversations', conversationId)
  if (membership === undefined || conversation === undefined) throw new ProtocolError('not_found')
  return { conversation, membership }
}

/** The same, for present members only. */
export const seenByMember = async (views: Views, userId: string, conversationId: string): Promise<Seen> => {
  const seen = await seenBy(views, userId, conversationId)
  if (seen.membership.active === 0) throw new ProtocolError('not_found')
  return seen
}
