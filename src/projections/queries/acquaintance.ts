import { setImmediate } from 'node:timers/promises'
import { directConversationId } from '../../protocol/direct-conversation-id.ts'
import { membershipKey, type Views } from './views.ts'

/** How many of a user's conversations are looked into at a time. */
const atATime = 500

type Known = ReadonlySet<string>

/** With whom a user has a direct conversation that both are in. */
const withDirect = async (views: Views, userId: string, others: readonly string[]): Promise<Known> => {
  const keysOf = (other: string): readonly [string, string] => {
    const id = directConversationId(userId, other)
    return [membershipKey(id, userId), membershipKey(id, other)]
  }
  const found = await views.byKeys('memberships', others.flatMap(keysOf))
  const isIn = (key: string): boolean => found.get(key)?.active === 1
  return new Set(others.filter((other) => keysOf(other).every(isIn)))
}

const activeIn = (userId: string) => ({ userId: { eq: userId }, active: { eq: 1 } })

export const createAcquaintance = (views: Views) => ({
  /** Those of them who are in a conversation in which the user is, now. Who was asked and has not agreed is in none. */
  known: async (userId: string, others: readonly string[]): Promise<Known> => {
    const known = new Set(await withDirect(views, userId, others))
    const own = (await views.find('memberships', { where: activeIn(userId) })).map((one) => one.conversationId)
    for (const other of own.length === 0 ? [] : others.filter((one) => !known.has(one))) {
      const where = { ...activeIn(other), conversationId: { in: own } }
      if ((await views.find('memberships', { where, limit: 1 })).length > 0) known.add(other)
      // A read of an embedded store takes no turn of its own.
      await setImmediate()
    }
    return known
  },
  /** Conversations that a user is in, counted no further than `cap`. */
  membershipCount: (userId: string, cap: number): Promise<number> =>
    views.count('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } }, cap),
  /** Is the user in a conversation in which the other is, now, or was asked to be? */
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
