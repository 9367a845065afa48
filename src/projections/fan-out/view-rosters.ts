import { LRUCache } from 'lru-cache'
import { createViews, type ViewsDeps } from '../reading/view-reader.ts'
import type { Rosters } from '../sync/sync-service.ts'

/** Users who were members a moment ago still get typing indicators. */
const kept = { max: 20_000, ttl: 5_000 }

/** The members as the views know them, for signals that are never stored. */
export const createViewRosters = (deps: ViewsDeps): Rosters => {
  const views = createViews(deps)
  const known = new LRUCache<string, readonly string[]>(kept)
  const load = async (conversationId: string): Promise<readonly string[] | undefined> => {
    const where = { conversationId: { eq: conversationId }, active: { eq: 1 } }
    const members = (await views.find('memberships', { where })).map(({ userId }) => userId)
    if (members.length === 0) return undefined
    known.set(conversationId, members)
    return members
  }
  return { members: async (conversationId) => known.get(conversationId) ?? (await load(conversationId)) }
}
