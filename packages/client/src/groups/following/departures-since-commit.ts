import type { Vouching } from '../../mls/members/signed-roster.ts'
import type { Place } from '../../mls/state/epoch-order.ts'
import type { Member } from '../../mls/state/group-state.ts'
import type { Admitted } from '../members/admission.ts'
import { newGroup } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import { createApplyDeparture } from './apply-departure.ts'

type Deps = Pick<GroupContext, 'me' | 'engine' | 'directory'>

/** A GroupInfo, and the revisions of what followed it, according to the server. */
interface Known extends Place {
  /** In its tree. */
  readonly members: readonly Member[]
  readonly revisions: readonly number[]
}

/**
 * The users who left or were removed after the commit that a GroupInfo belongs to. No commit records this, and a
 * device that joins with that GroupInfo vouches for the members anew.
 */
export const createDeparturesSinceCommit = ({ me, engine, directory }: Deps) => {
  const take = createApplyDeparture({ me, engine })
  return async (
    conversationId: string,
    { roster, roles }: Admitted,
    { members, revisions, ...place }: Known,
  ): Promise<Vouching> => {
    const { generation } = place
    const group = Object.assign(newGroup(conversationId), { roster, roles, generation, highest: place })
    for (const revision of revisions) {
      const event = await directory.eventAt(conversationId, revision)
      if (event !== undefined) await take(group, event)
    }
    const others = members.filter(({ userId }) => !group.roster.has(userId))
    const departing = [...new Set(others.map(({ userId }) => userId))]
    return { roster: group.roster, roles: group.roles, departing }
  }
}
