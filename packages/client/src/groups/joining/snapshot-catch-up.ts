import { type EventPage, eventPage } from '@backscroll/protocol/rest/events'
import type { SnapshotEntry } from '@backscroll/protocol/rest/sync'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Plaintexts } from '../../records/plaintexts.ts'
import type { Rest } from '../../rest/rest-client.ts'
import { backoffMs } from '../../time/backoff.ts'
import { sleep } from '../../time/clock.ts'
import type { ApplyEvent } from '../following/apply-event.ts'
import { isDirect } from '../members/admission.ts'
import { canJoin } from '../state/enter-epoch.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { JoinGroup } from './join-group.ts'

export interface SnapshotCatchUpDeps extends Pick<GroupContext, 'book' | 'clock' | 'random' | 'onError'> {
  readonly plaintexts: Pick<Plaintexts, 'conversations' | 'dropAfter'>
  readonly rest: Pick<Rest, 'read'>
  readonly outbox: Pick<Outbox, 'waiting'>
  readonly enter: Pick<JoinGroup, 'byWelcome'>
  readonly applyEvent: ApplyEvent
  readonly isClosed: () => boolean
}

/**
 * A snapshot stands for events that this device has not processed: the group's commits, and messages that can be
 * opened only with its keys.
 */
export const createSnapshotCatchUp = (deps: SnapshotCatchUpDeps) => {
  const { book, plaintexts, rest, enter, applyEvent } = deps

  const takeUpTo = async (id: string, from: number, upTo: number) => {
    for (let next: number | undefined = from; next !== undefined && next <= upTo; ) {
      const path = `/conversations/${encodeURIComponent(id)}/events`
      const page: EventPage = await rest.read({ path, query: { from: next }, schema: eventPage })
      for (const event of page.events) if (event.revision <= upTo) await applyEvent(event, undefined)
      next = page.next
    }
  }

  /** Its command goes out again, and may have had its effect already: it must carry the same commit. */
  const isSending = ({ conversationId, pending }: Group): boolean =>
    deps.outbox.waiting(conversationId).some(({ clientSeq }) => clientSeq === pending?.clientSeq)

  /** Whether its commit is over, as of now: one that is made or sent later is not. */
  const overOf = (group: Group): Group['pending'] => (isSending(group) ? undefined : group.pending)

  /** The server has another log than before, or an older one: what was processed after that point never happened. */
  const forgetBeyond = async (group: Group, revision: number, over: Group['pending']) => {
    group.extra.push(...(await plaintexts.dropAfter(group.conversationId, revision)))
    if (group.pending === over) group.pending = undefined
    group.wanted = undefined
    group.appliedRevision = revision
    book.touch(group)
  }
  /**
   * The keys stay until this device has joined anew, by what a member vouches for: otherwise the server could
   * choose whom it talks to.
   */
  const rollBack = async (group: Group, revision: number) => {
    await forgetBeyond(group, revision, overOf(group))
    if (group.state !== undefined) group.stranded = 'rolled_back'
  }
  /** This user is no longer in it, or it is gone. */
  const forget = async (group: Group, over: Group['pending']) => {
    await forgetBeyond(group, group.appliedRevision, over)
    group.appliedRevision = -1
    // A direct conversation that is gone is begun again; a member tells who is out of a group.
    if (isDirect(group.conversationId)) group.standing = 'out'
    else if (group.standing === 'in') group.standing = 'cut_off'
  }
  /** The conversations of this moment: commands go out again before this has its turn, and begin new ones. */
  const forgetOthers = (known: ReadonlySet<string>) => {
    const others = [...book.all()]
      .filter(({ conversationId }) => !known.has(conversationId))
      .map((group) => ({ group, over: overOf(group) }))
    return async () => {
      for (const { group, over } of others) await forget(group, over)
    }
  }

  const one = async ({ conversation, revision, welcome }: SnapshotEntry) => {
    const group = book.of(conversation.conversationId)
    if (group.appliedRevision > revision) await rollBack(group, revision)
    if (group.appliedRevision === revision) return
    const talks = new Set(plaintexts.conversations())
    if (canJoin(group) && welcome) await enter.byWelcome(group, welcome)
    // What was said during the absence is not requested; what came after the Welcome is.
    const isAway = group.standing !== 'in'
    // What this device read before can have been deleted meanwhile, too.
    const concerns = group.state !== undefined || talks.has(group.conversationId)
    if (concerns && !isAway) await takeUpTo(group.conversationId, group.appliedRevision + 1, revision)
    group.appliedRevision = Math.max(group.appliedRevision, revision)
    book.touch(group)
  }

  /** Events come after it, so it is tried until it is done or cannot be. */
  const patiently = async (conversation: SnapshotEntry) => {
    for (let attempt = 0; !deps.isClosed(); attempt += 1)
      try {
        return await one(conversation)
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        deps.onError(error)
        if (!error.temporary) return
        await sleep(deps.clock, backoffMs(attempt, deps.random(), error.retryAfterMs))
      }
  }

  return {
    applySnapshot: async (conversations: readonly SnapshotEntry[]): Promise<void> => {
      for (const conversation of conversations) await patiently(conversation)
    },
    forgetOthers,
  }
}
