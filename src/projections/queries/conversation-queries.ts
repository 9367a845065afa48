import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toPage } from '../reading/list-page.ts'
import { type Seen, seenBy, seenByMember } from '../reading/membership-access.ts'
import { membershipKey, under, type Views } from '../reading/view-reader.ts'
import { newestInterval } from '../reading/visibility.ts'

/** What every member may know about a conversation. */
export interface ConversationFacts {
  readonly conversationId: string
  readonly kind: 'direct' | 'group'
  /** Opaque bytes, base64. */
  readonly name: string | null
  readonly description: string | null
  readonly createdAt: number
  readonly memberCount: number
  readonly retentionSeconds: number | null
  readonly posting: ConversationDocument['posting']
  readonly lastSeq: number
  readonly lastMessageAt: number
  readonly lastRevision: number
}

export interface ConversationView {
  readonly conversation: ConversationFacts
  /** Null for a former member, who sees no change after leaving. */
  readonly role: MembershipDocument['role'] | null
  /** Where the user's newest membership begins. */
  readonly visibleFrom: { readonly revision: number; readonly seq: number }
}

export interface MemberView {
  readonly userId: string
  readonly role: MembershipDocument['role']
  /** Has not agreed yet. */
  readonly invited: boolean
}

export const toFacts = (document: ConversationDocument): ConversationFacts => ({
  conversationId: document.conversationId,
  kind: document.kind,
  name: document.name,
  description: document.description,
  createdAt: document.createdAt,
  memberCount: document.memberCount,
  retentionSeconds: document.retentionSeconds,
  posting: document.posting,
  lastSeq: document.lastSeq,
  lastMessageAt: document.lastMessageAt,
  lastRevision: document.lastRevision,
})

/** Names may have changed since: a former member finds those of the membership in the stream's history. */
const asLeft = ({ conversation, membership }: Seen): ConversationFacts => {
  const interval = newestInterval(membership)
  return {
    ...toFacts(conversation),
    name: null,
    description: null,
    memberCount: 0,
    lastSeq: interval?.toSeq ?? 0,
    lastMessageAt: 0,
    lastRevision: interval?.toRevision ?? 0,
  }
}

export const createConversation = (views: Views) => {
  const conversation = async (userId: string, conversationId: string): Promise<ConversationView> => {
    const seen = await seenBy(views, userId, conversationId)
    const active = seen.membership.active === 1
    const interval = newestInterval(seen.membership)
    return {
      conversation: active ? toFacts(seen.conversation) : asLeft(seen),
      role: active ? seen.membership.role : null,
      visibleFrom: { revision: interval?.fromRevision ?? 0, seq: interval?.fromSeq ?? 1 },
    }
  }

  /** Present members by user id. Only for present members. */
  const members = async (
    userId: string,
    conversationId: string,
    { cursor, limit }: PageRequest,
  ): Promise<Page<MemberView>> => {
    await seenByMember(views, userId, conversationId)
    const scope = ['members', userId, conversationId]
    const after = cursor === undefined ? undefined : String(decodeCursor(scope, cursor, ['text'])[0])
    const { gte, lt } = under(conversationId)
    const found = await views.find('memberships', {
      key: after === undefined ? { gte, lt } : { gt: membershipKey(conversationId, after), lt },
      where: { active: { gte: 1 } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: limit + 1,
    })
    return toPage(found, limit, toMember, (last) => encodeCursor(scope, [last.userId]))
  }

  return { conversation, members }
}

const toMember = ({ userId, role, active }: MembershipDocument): MemberView => ({
  userId,
  role,
  invited: active === 2,
})
