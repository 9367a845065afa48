import { type EventPage, eventPage } from '@backscroll/protocol/rest/events'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { ClientEvent } from '../../events/client-events.ts'
import { dataOf } from '../../events/group-event-data.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Rest } from '../../rest/rest-client.ts'
import { membersEvent, sameMembers } from '../members/members-event.ts'
import { devicesIn, followRoster } from '../members/roster-changes.ts'
import { canJoin } from '../state/enter-epoch.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { ApplyCommit } from './apply-commit.ts'
import type { ApplyDeparture } from './apply-departure.ts'
import type { CommitNotices } from './commit-notices.ts'

export interface FollowCommitsDeps extends Pick<GroupContext, 'me' | 'book'> {
  readonly engine: Pick<MlsEngine, 'epoch' | 'members'>
  readonly rest: Pick<Rest, 'read'>
  readonly applyCommit: ApplyCommit
  readonly applyDeparture: ApplyDeparture
  readonly commitNotices: CommitNotices
  readonly tell: (event: ClientEvent) => void
}

/**
 * Commits that did not arrive in their turn, or were refused for a reason that may have gone: requests them again,
 * from the newest that the state contains, so that the device goes on by what it can check. True when the state has
 * moved.
 */
export const createFollowCommits = (deps: FollowCommitsDeps) => {
  const { me, engine, book, rest, applyCommit, applyDeparture, commitNotices, tell } = deps
  const inside = devicesIn(engine)

  const take = async (group: Group, event: WireEvent) => {
    const { state } = group
    const isSame = sameMembers(group)
    // A claim belongs to the commit right after it.
    if (event.type !== 'GroupCommitted') group.claimed = undefined
    followRoster(group, event, me.userId, inside)
    // It was reported when it came; its signer may be known only now.
    await applyDeparture(group, event)
    const data = dataOf(event, 'GroupCommitted')
    const isNext =
      state !== undefined && data?.generation === group.generation && data.epoch === engine.epoch(state) + 1
    if (data === undefined) return isSame(group) ? undefined : tell(membersEvent(group))
    const told = isNext ? commitNotices(event, await applyCommit(group, event)) : []
    group.claimed = undefined
    // This commit comes after the group's state and cannot be followed, so the group is still behind.
    if (group.state !== undefined && data.generation === group.generation && data.epoch > engine.epoch(group.state))
      group.stranded ??= 'missing'
    for (const one of told) tell(one)
    if (!isSame(group)) tell(membersEvent(group))
  }

  const takeAll = async (group: Group, upTo: number) => {
    const path = `/conversations/${encodeURIComponent(group.conversationId)}/events`
    // What the newest event claimed is not among these.
    let claimed: Group['claimed']
    for (let next: number | undefined = group.followed + 1; next !== undefined && next <= upTo; ) {
      const page: EventPage = await rest.read({ path, query: { from: next }, schema: eventPage })
      await book.inTurn(group, async () => {
        const newest = group.claimed
        group.claimed = claimed
        for (const event of page.events) if (event.revision <= upTo) await take(group, event)
        claimed = group.claimed
        group.claimed = newest
      })
      next = page.next
    }
  }

  const canFollow = ({ state, standing, stranded }: Group) =>
    state !== undefined && standing === 'in' && stranded !== 'rolled_back'

  return async (group: Group): Promise<boolean> => {
    if (!canFollow(group)) return false
    const { state } = group
    await takeAll(group, group.appliedRevision)
    group.unfollowed = false
    if (group.state !== state || group.roster.size > 0) await book.save(group)
    return group.state !== state && !canJoin(group)
  }
}

export type FollowCommits = ReturnType<typeof createFollowCommits>
