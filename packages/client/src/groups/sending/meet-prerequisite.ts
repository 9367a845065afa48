import type { GroupCommand, OutboxEntry } from '../../commands/outbox-entry.ts'
import type { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { sleep } from '../../time/clock.ts'
import type { Prepare } from '../commits/prepare-commit.ts'
import type { OpenConversation } from '../joining/open-conversation.ts'
import type { AddAbsentMembers } from '../members/add-absent-members.ts'
import type { EnqueueCommit, Step } from '../state/enqueue-commit.ts'
import type { Renewal } from '../state/epoch-renewal.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { ReachEpoch } from './reach-epoch.ts'
import type { SendChecks } from './send-checks.ts'
import type { SendPrerequisite } from './send-prerequisite.ts'

export interface MeetPrerequisiteDeps extends Pick<GroupContext, 'book' | 'clock' | 'random'> {
  readonly checks: Pick<SendChecks, 'leaving'>
  readonly open: OpenConversation['open']
  readonly reachEpoch: ReachEpoch
  readonly addAbsentMembers: AddAbsentMembers
  readonly renewal: Pick<Renewal, 'tried'>
  readonly prepare: Pick<Prepare, 'prepare'>
  readonly insert: EnqueueCommit
  readonly outbox: Pick<Outbox, 'drop'>
  readonly caughtUp: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
}

const jitterMs = 1_500

/** Does what was decided to come first. */
export const createMeetPrerequisite = (deps: MeetPrerequisiteDeps) => {
  const { book, clock, checks, insert, caughtUp } = deps

  /** The answer came, the event has not yet; or the commit was given up by a process that ended. */
  const settleCommit = async (group: Group): Promise<Step> => {
    const { pending } = group
    await caughtUp()
    if (group.pending !== pending || pending === undefined) return 'again'
    group.pending = undefined
    await book.save(group)
    return 'again'
  }
  /** Not everybody at once: later devices find it done. */
  const removeLeaving = async (group: Group): Promise<Step> => {
    await sleep(clock, deps.random() * jitterMs)
    return checks.leaving(group).length === 0 ? 'again' : insert(group.conversationId, { type: 'removals' })
  }
  /** Nothing is sent until this has changed; reported once. */
  const refuse = (group: Group, { code, details }: E2eeError): Step => {
    const { conversationId } = group
    const what = `${group.followed} ${code} ${details.userId}`
    if (group.warned !== what) deps.tell({ type: 'warning', code, conversationId, revision: undefined, details })
    group.warned = what
    return 'wait'
  }
  /** What is in progress is answered first. */
  const renew = (group: Group): Step => {
    const step = insert(group.conversationId, { type: 'renew' })
    if (step === 'again') deps.renewal.tried(group)
    return step
  }
  const dropEntry = (entry: OutboxEntry): Step => {
    deps.outbox.drop(entry)
    return 'again'
  }
  const buildCommit = async (group: Group, entry: OutboxEntry, command: GroupCommand): Promise<Step> =>
    (await deps.prepare.prepare(group, entry, command)) ? 'again' : dropEntry(entry)

  return async (group: Group, entry: OutboxEntry, first: SendPrerequisite): Promise<Step> => {
    switch (first.do) {
      case 'settle_commit':
        return settleCommit(group)
      case 'enter':
        return deps.open(group, entry)
      case 'catch_up':
        return deps.reachEpoch(group)
      case 'remove_leaving':
        return removeLeaving(group)
      case 'refuse':
        return refuse(group, first.error)
      case 'renew':
        return renew(group)
      case 'bring_in':
        return deps.addAbsentMembers(group)
      case 'make_commit':
        return buildCommit(group, entry, first.command)
      case 'pass_over':
        return dropEntry(entry)
      case 'nothing':
        return 'again'
    }
  }
}
