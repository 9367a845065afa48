import type { Outbox } from '../outbox.ts'
import type { OutboxEntry } from '../outbox-entry.ts'
import type { CommandState } from '../pending-commands.ts'
import { type BringInDeps, createBringIn } from './bring-in.ts'
import { createFirstStep, type FirstStepDeps } from './first-step.ts'
import { removedBy } from './follow-roster.ts'
import type { Group } from './group.ts'
import { createHoldingBack, type HoldingBackDeps } from './holding-back.ts'
import { createOpenConversation, type OpenConversationDeps } from './open-conversation.ts'
import { createReachEpoch, type ReachEpochDeps } from './reach-epoch.ts'
import { createSendChecks, type SendChecksDeps } from './send-checks.ts'
import { createSpinGuard } from './spin-guard.ts'
import { createStepFailed, type StepFailedDeps } from './step-failed.ts'
import { createTakeStep, type TakeStepDeps } from './take-step.ts'

type Made = 'checks' | 'open' | 'reachEpoch' | 'bringIn' | 'hold'
type Parts = SendChecksDeps &
  FirstStepDeps &
  OpenConversationDeps &
  ReachEpochDeps &
  BringInDeps &
  TakeStepDeps &
  HoldingBackDeps &
  StepFailedDeps

export interface ReadinessDeps extends Omit<Parts, Made> {
  readonly outbox: () => Pick<Outbox, 'fail' | 'drop' | 'waiting' | 'wake'>
}

/** Asks, before each command goes out, what must come first, and has it done: one thing at a time in each conversation. */
export const createReadiness = (deps: ReadinessDeps) => {
  const { book } = deps
  const checks = createSendChecks(deps)
  const firstStep = createFirstStep({ ...deps, checks })
  const { open, exists } = createOpenConversation(deps)
  const reachEpoch = createReachEpoch({ ...deps, checks })
  const takeStep = createTakeStep({ ...deps, checks, open, reachEpoch, bringIn: createBringIn(deps) })
  const { hold, reason, release } = createHoldingBack(deps)
  const failed = createStepFailed({ ...deps, hold })
  const spins = createSpinGuard()
  const working = new Set<string>()

  /** What comes after a removal is not for whoever is removed: it waits until that is accepted or refused. */
  const isRemoving = (id: string, before: number): boolean =>
    deps
      .outbox()
      .waiting(id)
      .some((entry) => entry.clientSeq < before && removedBy(entry) !== undefined)

  const isReady = (group: Group, { command, clientSeq }: OutboxEntry): boolean => {
    if (command.kind === 'rest' || command.kind === 'details' || command.kind === 'reset') return true
    if (command.kind === 'member') return checks.maySign(group, command.change.type)
    if (command.kind === 'group') return group.pending?.clientSeq === clientSeq
    return command.plaintext === undefined || checks.isOpen(group)
  }

  const work = async (group: Group, entry: OutboxEntry) => {
    const { conversationId: id } = entry
    working.add(id)
    deps.onObstacle(id)
    try {
      const next = await takeStep(group, entry, firstStep(group, entry))
      if (next === 'wait' || spins.isSpinning(id, isReady(group, entry))) hold(id)
    } catch (thrown) {
      failed(group, entry, thrown)
    }
    working.delete(id)
    deps.outbox().wake()
  }

  return {
    /** What is asked once more right before a message goes out. */
    checks,
    ready: (entry: OutboxEntry): boolean => {
      const { conversationId: id } = entry
      const group = book.of(id)
      if (entry.command.kind === 'message' && isRemoving(id, entry.clientSeq)) return false
      if (isReady(group, entry)) return true
      if (!working.has(id) && reason(id) === undefined) void work(group, entry)
      return false
    },
    /** What keeps a conversation's commands back now. */
    obstacle: (id: string): CommandState | undefined =>
      reason(id) ?? (working.has(id) ? { name: 'waiting_for_commit' } : undefined),
    /** The server has this conversation already. */
    exists,
    /** Something happened in the group: what waited may go on. */
    changed: (conversationId: string): void => {
      release(conversationId)
      spins.forget(conversationId)
      deps.outbox().wake()
    },
  }
}
