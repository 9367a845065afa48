import type { OwedMessage } from '../../ports/identity/push-records.ts'
import type { WatermarkDocument } from '../../projections/documents.ts'
import { membershipKey, under, type Views } from '../../projections/reading/view-reader.ts'

/** For more users than this, all watermarks of the conversation are read at once. */
const fewUsers = 8

const furthestOf = (documents: readonly WatermarkDocument[]): ReadonlyMap<string, number> => {
  const furthest = new Map<string, number>()
  for (const { userId, delivered } of documents) furthest.set(userId, Math.max(delivered, furthest.get(userId) ?? 0))
  return furthest
}

/**
 * Returns the messages that no device of the user has confirmed. If the views are behind, a message counts as
 * unconfirmed.
 */
export const createUnacknowledged = (views: Pick<Views, 'find'>) => {
  const watermarks = async (conversationId: string, userIds: readonly string[]) => {
    if (userIds.length > fewUsers)
      return views.find('watermarks', { where: { conversationId: { eq: conversationId } } })
    const each = userIds.map((userId) =>
      views.find('watermarks', { key: under(membershipKey(conversationId, userId)) }),
    )
    return (await Promise.all(each)).flat()
  }

  return async <Message extends OwedMessage>(messages: readonly Message[]): Promise<readonly Message[]> => {
    const left: Message[] = []
    for (const [conversationId, some] of Map.groupBy(messages, (one) => one.conversationId)) {
      const userIds = [...new Set(some.map(({ userId }) => userId))]
      const furthest = furthestOf(await watermarks(conversationId, userIds))
      left.push(...some.filter(({ userId, seq }) => seq > (furthest.get(userId) ?? 0)))
    }
    return left
  }
}

export type Unacknowledged = ReturnType<typeof createUnacknowledged>
