import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import type { CommandState } from '../../commands/pending-commands.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { HandOver } from '../commits/hand-over.ts'
import { createOpenConversation, type OpenConversationDeps } from '../joining/open-conversation.ts'
import { type AddAbsentMembersDeps, createAddAbsentMembers } from '../members/add-absent-members.ts'
import { removedBy } from '../members/roster-changes.ts'
import type { Group } from '../state/group.ts'
import { createMeetPrerequisite, type MeetPrerequisiteDeps } from './meet-prerequisite.ts'
import { createPrerequisiteFailure, type PrerequisiteFailureDeps } from './prerequisite-failure.ts'
import { createProgressGuard } from './progress-guard.ts'
import { createReachEpoch, type ReachEpochDeps } from './reach-epoch.ts'
import { createSendBackoff, type SendBackoffDeps } from './send-backoff.ts'
import { createSendChecks, type SendChecksDeps } from './send-checks.ts'
import { createSendPrerequisite, type SendPrerequisiteDeps } from './send-prerequisite.ts'

type Made = 'checks' | 'open' | 'reachEpoch' | 'addAbsentMembers' | 'hold'
type Parts = SendChecksDeps &
  SendPrerequisiteDeps &
  OpenConversationDeps &
  ReachEpochDeps &
  AddAbsentMembersDeps &
  MeetPrerequisiteDeps &
  SendBackoffDeps &
  PrerequisiteFailureDeps

export interface ReadinessDeps extends Omit<Parts, Made> {
  readonly outbox: Pick<Outbox, 'fail' | 'drop' | 'waiting' | 'wake'>
  readonly handOver: Pick<HandOver, 'isDue' | 'make'>
}

/** What must come first before a command goes out, and having it done: one thing at a time in each conversation. */
export const createReadiness = (deps: ReadinessDeps) => {
  const { book } = deps
  const checks = createSendChecks(deps)
  const sendPrerequisite = createSendPrerequisite({ ...deps, checks })
  const { open, exists } = createOpenConversation(deps)
  const reachEpoch = createReachEpoch({ ...deps, checks })
  const meetPrerequisite = createMeetPrerequisite({
    ...deps,
    checks,
    open,
    reachEpoch,
    addAbsentMembers: createAddAbsentMembers(deps),
  })
  const { hold, reason, release } = createSendBackoff(deps)
  const failed = createPrerequisiteFailure({ ...deps, hold })
  const spins = createProgressGuard()
  const working = new Set<string>()

  /** Messages after a removal are not for the removed user: they wait until it is accepted or refused. */
  const isRemoving = (id: string, before: number): boolean =>
    deps.outbox.waiting(id).some((entry) => entry.clientSeq < before && removedBy(entry) !== undefined)

  const isSendable = (group: Group, entry: OutboxEntry): boolean => {
    const { command, clientSeq } = entry
    if (deps.handOver.isDue(entry)) return false
    if (command.kind === 'rest' || command.kind === 'details' || command.kind === 'reset') return true
    if (command.kind === 'member') return checks.maySign(group, command.change.type)
    if (command.kind === 'group') return group.pending?.clientSeq === clientSeq
    return command.plaintext === undefined || checks.isOpen(group)
  }

  const followsRemoval = ({ command, conversationId, clientSeq }: OutboxEntry): boolean =>
    command.kind === 'message' && isRemoving(conversationId, clientSeq)

  const work = async (group: Group, entry: OutboxEntry) => {
    const { conversationId: id } = entry
    working.add(id)
    deps.onObstacle(id)
    try {
      const next = deps.handOver.isDue(entry)
        ? deps.handOver.make(entry)
        : await meetPrerequisite(group, entry, sendPrerequisite(group, entry))
      if (next === 'wait' || spins.isSpinning(id, isSendable(group, entry))) hold(id)
    } catch (thrown) {
      failed(group, entry, thrown)
    }
    working.delete(id)
    deps.outbox.wake()
  }

  return {
    /** What is checked once more right before a message goes out. */
    checks,
    isReady: (entry: OutboxEntry): boolean =>
      !followsRemoval(entry) && isSendable(book.of(entry.conversationId), entry),
    /** Begins what is missing; what is under way, or held back, is not begun again. */
    makeReady: (entry: OutboxEntry): void => {
      const { conversationId: id } = entry
      if (followsRemoval(entry) || working.has(id) || reason(id) !== undefined) return
      void work(book.of(id), entry)
    },
    /** What holds a conversation's commands back now. */
    obstacle: (id: string): CommandState | undefined =>
      reason(id) ?? (working.has(id) ? { name: 'waiting_for_commit' } : undefined),
    /** The server has this conversation already. */
    exists,
    /** Something happened in the group: waiting commands may go on. */
    changed: (conversationId: string): void => {
      release(conversationId)
      spins.forget(conversationId)
      deps.outbox.wake()
    },
  }
}
