import { createTakeCommit } from '../groups/following/apply-commit.ts'
import { createTakeDeparture } from '../groups/following/apply-departure.ts'
import { createToldOf } from '../groups/following/commit-notices.ts'
import { createFollowChain } from '../groups/following/follow-commits.ts'
import { createComeIn } from '../groups/joining/background-join.ts'
import { createEnterGroup, type EnterGroup } from '../groups/joining/join-group.ts'
import { createInsertChange } from '../groups/state/enqueue-commit.ts'
import type { GroupContext } from '../groups/state/group-context.ts'
import type { ProtectionDeps } from '../protection/protection.ts'

type Deps = Pick<ProtectionDeps, 'rest' | 'outbox' | 'knows' | 'caughtUp' | 'tell'>

/** How this device joins groups, and follows them from epoch to epoch. */
export const createFollowGroups = (context: GroupContext, deps: Deps, isClosed: () => boolean) => {
  const { rest, knows, caughtUp, tell } = deps
  const way = createEnterGroup({ ...context, tell })
  const insert = createInsertChange(deps.outbox, context.newId)
  const takeCommit = createTakeCommit(context)
  const toldOf = createToldOf(context)
  const takeDeparture = createTakeDeparture(context)
  const followChain = createFollowChain({ ...context, rest, takeCommit, takeDeparture, toldOf, tell })
  /** A Welcome that has waited is older than what this device has processed without it: it follows from there. */
  const byWelcome: EnterGroup['byWelcome'] = async (group, known) => {
    const isIn = await way.byWelcome(group, known)
    if (isIn) await followChain(group)
    return isIn
  }
  const enter: EnterGroup = { ...way, byWelcome }
  const { comeIn, want } = createComeIn({ ...context, enter, followChain, insert, knows, caughtUp, isClosed })
  return { enter, insert, takeCommit, takeDeparture, toldOf, followChain, comeIn, want }
}

export type FollowGroups = ReturnType<typeof createFollowGroups>
