import { ProtocolError } from '../../protocol/errors.ts'
import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import { membershipKey, type Views } from './views.ts'

export interface Seen {
  readonly conversation: ConversationDocument
  readonly membership: MembershipDocument
}

/** A conversation and the user's membership in it, present or former. `not_found`, the same whether it is unknown or foreign [R4]. */
export const seenBy = async (views: Views, userId: string, conversationId: string): Promise<Seen> => {
  const membership = await views.get('memberships', membershipKey(conversationId, userId))
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
