import { createApplyCommit } from '../groups/following/apply-commit.ts'
import { createApplyDeparture } from '../groups/following/apply-departure.ts'
import { createCommitNotices } from '../groups/following/commit-notices.ts'
import { createFollowCommits } from '../groups/following/follow-commits.ts'
import { createBackgroundJoin } from '../groups/joining/background-join.ts'
import { createJoinGroup, type JoinGroup } from '../groups/joining/join-group.ts'
import { createEnqueueCommit } from '../groups/state/enqueue-commit.ts'
import type { GroupContext } from '../groups/state/group-context.ts'
import type { ProtectionDeps } from '../protection/protection.ts'

interface Deps extends Pick<ProtectionDeps, 'rest' | 'outbox' | 'knows' | 'caughtUp' | 'tell'> {
  /** This device has joined by a Welcome that the server had kept. */
  readonly joined: (conversationId: string) => void
}

/** How this device joins groups, and follows them from epoch to epoch. */
export const createFollowGroups = (context: GroupContext, deps: Deps, isClosed: () => boolean) => {
  const { rest, knows, caughtUp, tell } = deps
  const way = createJoinGroup({ ...context, tell, caughtUp })
  const insert = createEnqueueCommit(deps.outbox, context.newId)
  const applyCommit = createApplyCommit(context)
  const commitNotices = createCommitNotices(context)
  const applyDeparture = createApplyDeparture(context)
  const followCommits = createFollowCommits({ ...context, rest, applyCommit, applyDeparture, commitNotices, tell })
  /** A Welcome that has waited is older than what this device has processed without it: it follows from there. */
  const byWelcome: JoinGroup['byWelcome'] = async (group, known) => {
    const isIn = await way.byWelcome(group, known)
    if (!isIn) return false
    await followCommits(group)
    deps.joined(group.conversationId)
    return true
  }
  const enter: JoinGroup = { ...way, byWelcome }
  const { joinInBackground, want } = createBackgroundJoin({
    ...context,
    enter,
    followCommits,
    insert,
    knows,
    caughtUp,
    isClosed,
  })
  return { enter, insert, applyCommit, applyDeparture, commitNotices, followCommits, joinInBackground, want }
}

export type FollowGroups = ReturnType<typeof createFollowGroups>
