import type { ClientEvent } from '../../events/client-events.ts'
import type { FollowCommits } from '../following/follow-commits.ts'
import type { Step } from '../state/enqueue-commit.ts'
import type { Group } from '../state/group.ts'
import type { GroupBook } from '../state/group-book.ts'
import type { SendChecks } from './send-checks.ts'

export interface ReachEpochDeps {
  readonly checks: Pick<SendChecks, 'behind'>
  readonly book: Pick<GroupBook, 'save'>
  readonly caughtUp: () => Promise<void>
  readonly followCommits: FollowCommits
  readonly tell: (event: ClientEvent) => void
}

/**
 * Brings this device to the epoch that the server is in; where no commits lead there, the group is stranded and the
 * application is told.
 */
export const createReachEpoch = ({ checks, book, caughtUp, followCommits, tell }: ReachEpochDeps) => {
  const strand = async (group: Group, how: NonNullable<Group['stranded']>) => {
    const { conversationId, wanted } = group
    group.stranded = how
    group.wanted = undefined
    await book.save(group)
    const code = how === 'missing' ? 'missing_commits' : how
    tell({ type: 'warning', code, conversationId, revision: undefined, details: { epoch: wanted?.epoch ?? 0 } })
  }
  return async (group: Group): Promise<Step> => {
    await caughtUp()
    if (checks.behind(group) === undefined || (await followCommits(group))) return 'again'
    const how = checks.behind(group)
    if (how !== undefined) await strand(group, how)
    return 'again'
  }
}

export type ReachEpoch = ReturnType<typeof createReachEpoch>
