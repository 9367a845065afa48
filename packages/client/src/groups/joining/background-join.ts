import type { GroupChange } from '../../commands/outbox-entry.ts'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import { backoffMs } from '../../time/backoff.ts'
import { sleep } from '../../time/clock.ts'
import type { FollowCommits } from '../following/follow-commits.ts'
import type { EnqueueCommit, Step } from '../state/enqueue-commit.ts'
import { canJoin } from '../state/enter-epoch.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { JoinGroup } from './join-group.ts'

export interface BackgroundJoinDeps extends Pick<GroupContext, 'book' | 'clock' | 'random' | 'onError'> {
  readonly enter: Pick<JoinGroup, 'byWelcome' | 'byCommit'>
  /** By the commits that are missing, if possible. */
  readonly followCommits: FollowCommits
  readonly insert: EnqueueCommit
  readonly knows: (conversationId: string) => boolean
  readonly caughtUp: () => Promise<void>
  readonly isClosed: () => boolean
}

/** Most devices join by a Welcome that is on its way; a commit of their own is work for everybody. */
const patienceMs = 300
const attempts = 5

/**
 * A device that is new, or has lost a group, joins by itself: one conversation after the other, without waiting for
 * something to send. Those in which something happens come first, the newest of them at the head.
 */
export const createBackgroundJoin = (deps: BackgroundJoinDeps) => {
  const { book, enter, clock } = deps
  const [wanted, urgent] = [new Set<string>(), new Set<string>()]
  let running = false

  const isOutside = (group: Group): boolean =>
    canJoin(group) && group.pending === undefined && deps.knows(group.conversationId)

  const wayIn = async (group: Group): Promise<GroupChange | undefined> => {
    await deps.caughtUp()
    if (!isOutside(group) || (await deps.followCommits(group)) || (await enter.byWelcome(group))) return undefined
    const change = await enter.byCommit(group)
    // Another device may have begun it between the two requests: then there is a Welcome by now, or it was used.
    if (change?.type === 'rejoin' && (await enter.byWelcome(group))) return undefined
    return isOutside(group) ? change : undefined
  }
  /** Something waits to be sent. */
  const joinInBackground = async (group: Group): Promise<Step> => {
    const change = await wayIn(group)
    if (change !== undefined) return deps.insert(group.conversationId, change)
    return isOutside(group) ? 'wait' : 'again'
  }

  const tryToCome = async (group: Group) => {
    for (let attempt = 0; attempt < attempts && isOutside(group) && !deps.isClosed(); attempt += 1)
      try {
        const change = await wayIn(group)
        // After a reset all devices are outside: the group is begun when its turn comes.
        if (change !== undefined && group.resetBy === undefined) deps.insert(group.conversationId, change)
        return
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        deps.onError(error)
        if (!error.temporary) return
        await sleep(clock, backoffMs(attempt, deps.random(), error.retryAfterMs))
      }
  }
  const next = (): string | undefined => {
    const id = [...urgent].at(-1) ?? [...wanted][0]
    if (id === undefined) return undefined
    urgent.delete(id)
    wanted.delete(id)
    return id
  }
  const run = async () => {
    running = true
    await sleep(clock, patienceMs)
    for (let id = next(); id !== undefined; id = next()) {
      const group = book.of(id)
      if (isOutside(group)) await tryToCome(group)
    }
    running = false
  }
  return {
    joinInBackground,
    /** This device cannot read the conversation: it looks for a way to join soon. */
    want: (conversationId: string, when: 'now' | 'in_turn'): void => {
      const group = book.of(conversationId)
      if (!canJoin(group) || group.pending !== undefined) return
      const among = when === 'now' ? urgent : wanted
      // Again at the end, where the newest one is.
      if (when === 'now') urgent.delete(conversationId)
      among.add(conversationId)
      if (!running && !deps.isClosed()) void run()
    },
  }
}
