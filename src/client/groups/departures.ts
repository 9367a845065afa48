import type { Admitted } from './admission.ts'
import { newGroup } from './group.ts'
import type { GroupContext } from './group-context.ts'
import type { Place } from './place.ts'
import { createTakeDeparture } from './take-departure.ts'

type Deps = Pick<GroupContext, 'me' | 'engine' | 'directory'>

/**
 * Who left or was removed since the commit that a GroupInfo comes with: no commit says it, and whoever joins by that
 * GroupInfo vouches for the members anew.
 */
export const createAfterDepartures = ({ me, engine, directory }: Deps) => {
  const take = createTakeDeparture({ me, engine })
  return async (
    conversationId: string,
    { roster, roles }: Admitted,
    place: Place,
    revisions: readonly number[],
  ): Promise<Admitted> => {
    const { generation } = place
    const group = Object.assign(newGroup(conversationId), { roster, roles, generation, highest: place })
    for (const revision of revisions) {
      const event = await directory.eventAt(conversationId, revision)
      if (event !== undefined) await take(group, event)
    }
    return { roster: group.roster, roles: group.roles }
  }
}
