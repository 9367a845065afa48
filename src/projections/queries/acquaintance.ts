import { membershipKey, type Views } from './views.ts'

/** How many of a user's conversations are looked into at a time. */
const atATime = 500

export const createAcquaintance = (views: Views) => ({
  /** Conversations that a user is in, counted no further than `cap`. */
  membershipCount: (userId: string, cap: number): Promise<number> =>
    views.count('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } }, cap),
  /** Are both in a conversation, now? */
  sharesConversation: async (userId: string, otherId: string): Promise<boolean> => {
    const own = await views.find('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } })
    for (let at = 0; at < own.length; at += atATime) {
      const keys = own.slice(at, at + atATime).map(({ conversationId }) => membershipKey(conversationId, otherId))
      const found = await views.byKeys('memberships', keys)
      if ([...found.values()].some(({ active }) => active === 1)) return true
    }
    return false
  },
})
