import { setImmediate } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { ConversationDocument, MembershipDocument } from '../documents.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'

/** How many of a user's conversations are searched at a time. */
const atATime = 500

type Known = ReadonlySet<string>

/**
 * A user who began a direct conversation, wrote in it or accepted it has answered. A user who only received
 * messages has not.
 */
const hasAnswered = ({ userId, intervals }: MembershipDocument, { writers }: ConversationDocument): boolean =>
  writers.includes(userId) || intervals.some(({ heldUntil }) => typeof heldUntil === 'number')

/** The two users' memberships in their direct conversation. */
interface Direct {
  readonly own: MembershipDocument
  readonly theirs: MembershipDocument
  readonly conversation: ConversationDocument
}

/**
 * Returns those of `others` whose direct conversation with the user has both as active members and satisfies
 * `holds`.
 */
const withDirect = async (
  views: Views,
  userId: string,
  others: readonly string[],
  holds: (direct: Direct) => boolean,
): Promise<Known> => {
  const ids = others.map((other) => directConversationId(userId, other))
  const keys = others.flatMap((other, at) => [userId, other].map((one) => membershipKey(ids[at] ?? '', one)))
  const found = await views.byKeys('memberships', keys)
  const conversations = await views.byKeys('conversations', ids)
  const isMeant = (other: string): boolean => {
    const id = directConversationId(userId, other)
    const [own, theirs] = [userId, other].map((one) => found.get(membershipKey(id, one)))
    const conversation = conversations.get(id)
    if (own?.active !== 1 || theirs?.active !== 1 || conversation === undefined) return false
    return holds({ own, theirs, conversation })
  }
  return new Set(others.filter(isMeant))
}

const theyAnswered = ({ theirs, conversation }: Direct): boolean => hasAnswered(theirs, conversation)

const bothAnswered = ({ own, theirs, conversation }: Direct): boolean =>
  hasAnswered(own, conversation) && hasAnswered(theirs, conversation)

const activeIn = (userId: string) => ({ userId: { eq: userId }, active: { eq: 1 } })

/**
 * Returns those of `others` who share a group with this user now. An invited user who has not agreed yet is in no
 * group.
 */
const inGroup = async (views: Views, userId: string, others: readonly string[]): Promise<Known> => {
  const found = new Set<string>()
  if (others.length === 0) return found
  const own = (await views.find('memberships', { where: activeIn(userId) })).map((one) => one.conversationId)
  for (const other of own.length === 0 ? [] : others) {
    const where = { ...activeIn(other), conversationId: { in: own } }
    const direct = directConversationId(userId, other)
    // Limit 2: one of them may be the direct conversation.
    const shared = await views.find('memberships', { where, limit: 2 })
    if (shared.some(({ conversationId }) => conversationId !== direct)) found.add(other)
    // A read of an embedded store does not yield the event loop by itself.
    await setImmediate()
  }
  return found
}

const acquainted = async (
  views: Views,
  userId: string,
  others: readonly string[],
  holds: (direct: Direct) => boolean,
): Promise<Known> => {
  const direct = await withDirect(views, userId, others, holds)
  const rest = others.filter((other) => !direct.has(other))
  return new Set([...direct, ...(await inGroup(views, userId, rest))])
}

export const createAcquaintance = (views: Views) => ({
  /**
   * Returns those of `others` who know this user: they share a group now, or have answered in the direct
   * conversation.
   */
  known: (userId: string, others: readonly string[]): Promise<Known> => acquainted(views, userId, others, theyAnswered),
  /** Returns those of `others` who know this user and whom this user knows. */
  contacts: (userId: string, others: readonly string[]): Promise<Known> =>
    acquainted(views, userId, others, bothAnswered),
  /** How many conversations a user is in, counted up to `cap`. */
  membershipCount: (userId: string, cap: number): Promise<number> =>
    views.count('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } }, cap),
  /** Is the user in a conversation that the other user is in now, or was asked to join? */
  sharesConversation: async (userId: string, otherId: string): Promise<boolean> => {
    const own = await views.find('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } })
    for (let at = 0; at < own.length; at += atATime) {
      const keys = own.slice(at, at + atATime).map(({ conversationId }) => membershipKey(conversationId, otherId))
      const found = await views.byKeys('memberships', keys)
      if ([...found.values()].some(({ active }) => active !== 0)) return true
    }
    return false
  },
})
