import type { MembershipDocument, MessageDocument } from '../documents.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { mayReadMessage } from '../reading/visibility.ts'

/** A message that a user may see, and the membership that permits it. */
export interface Visible {
  readonly message: MessageDocument
  readonly membership: MembershipDocument
}

const pageSize = 100

export const sees = (membership: MembershipDocument | undefined, seq: number): membership is MembershipDocument =>
  membership !== undefined && mayReadMessage(membership, seq)

/**
 * The messages of one id that a user may see. Devices make ids, so any number of other conversations may use one:
 * the search goes from one of the user's own conversations to the next, so that they cost no more than there are of
 * those.
 */
export const createSameIdMessages = (views: Views) => {
  const page = (messageId: string, from: string): Promise<readonly MessageDocument[]> =>
    views.find('timeline', {
      key: { gte: from },
      where: { messageId: { eq: messageId } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: pageSize,
    })

  const visible = async (userId: string, messages: readonly MessageDocument[]): Promise<readonly Visible[]> => {
    const keyOf = (one: MessageDocument): string => membershipKey(one.conversationId, userId)
    const memberships = await views.byKeys('memberships', messages.map(keyOf))
    return messages.flatMap((message) => {
      const membership = memberships.get(keyOf(message))
      return sees(membership, message.seq) ? [{ message, membership }] : []
    })
  }

  /** In the order of keys. */
  const conversationsOf = async (userId: string): Promise<readonly string[]> => {
    const memberships = await views.find('memberships', { where: { userId: { eq: userId } } })
    return memberships.map(({ conversationId }) => conversationId).sort()
  }

  /** What follows a first page that was full: the pages that begin at one of the user's own conversations. */
  const beyond = async (userId: string, messageId: string, last: string): Promise<readonly Visible[]> => {
    const found: Visible[] = []
    let passed = last
    for (const next of await conversationsOf(userId)) {
      if (next <= passed) continue
      const messages = await page(messageId, `${next}/`)
      found.push(...(await visible(userId, messages)))
      if (messages.length < pageSize) break
      passed = messages.at(-1)?.conversationId ?? passed
    }
    return found
  }

  return async (userId: string, messageId: string): Promise<readonly Visible[]> => {
    const first = await page(messageId, '')
    // Searched even when there is none, so that an unknown message costs what a message of others does [R4].
    if (first.length === 0) await views.byKeys('memberships', [membershipKey(messageId, userId)])
    const found = await visible(userId, first)
    const last = first.length < pageSize ? undefined : first.at(-1)?.conversationId
    return last === undefined ? found : [...found, ...(await beyond(userId, messageId, last))]
  }
}
