import type { ProtectionDeps } from '../protection.ts'
import { createComeIn } from './come-in.ts'
import { createEnterGroup } from './enter-group.ts'
import { createFollowChain } from './follow-chain.ts'
import type { GroupContext } from './group-context.ts'
import { createInsertChange } from './insert-change.ts'
import { createTakeCommit } from './take-commit.ts'
import { createTakeMemberChange } from './take-member-change.ts'
import { createToldOf } from './told-of.ts'

type Deps = Pick<ProtectionDeps, 'rest' | 'outbox' | 'knows' | 'caughtUp' | 'tell'>

/** How this device comes into groups, and follows them from epoch to epoch. */
export const createFollowGroups = (context: GroupContext, deps: Deps, isClosed: () => boolean) => {
  const { rest, knows, caughtUp, tell } = deps
  const enter = createEnterGroup({ ...context, tell })
  const insert = createInsertChange(deps.outbox, context.newId)
  const takeCommit = createTakeCommit(context)
  const toldOf = createToldOf(context)
  const takeMemberChange = createTakeMemberChange(context)
  const followChain = createFollowChain({ ...context, rest, takeCommit, takeMemberChange, toldOf, tell })
  const { comeIn, want } = createComeIn({ ...context, enter, followChain, insert, knows, caughtUp, isClosed })
  return { enter, insert, takeCommit, takeMemberChange, toldOf, followChain, comeIn, want }
}

export type FollowGroups = ReturnType<typeof createFollowGroups>
