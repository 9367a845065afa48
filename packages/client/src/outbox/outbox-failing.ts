import * as chains from '../commands/outbox-chain.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { OutboxGivenUp } from './outbox-given-up.ts'
import type { OutboxOutcomes } from './outbox-outcomes.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxFailingDeps {
  readonly queue: OutboxQueue
  readonly givenUp: Pick<OutboxGivenUp, 'condemn' | 'isRejecting'>
  readonly outcomes: Pick<OutboxOutcomes, 'reject'>
  readonly wake: () => void
}

/**
 * Gives up what waits: finally rejected, and never sent from now on. What is under way has the server's answer as its
 * outcome; what was, without an answer, is asked for first.
 */
export const createOutboxFailing =
  ({ queue, givenUp, outcomes, wake }: OutboxFailingDeps) =>
  (entry: OutboxEntry, error: BackscrollError): void => {
    const { conversationId: id, clientSeq } = entry
    const isUnderWay = queue.chain(id).inFlight.has(clientSeq)
    if (queue.isSettled(entry) || givenUp.isRejecting(entry) || isUnderWay) return
    // A REST command is given up only if it was never sent. Otherwise it is sent again unchanged.
    const isInDoubt = entry.command.kind === 'message' && chains.isDoubtful(queue.chain(id), clientSeq)
    if (!isInDoubt) return outcomes.reject(entry, error)
    givenUp.condemn(entry, error)
    wake()
  }
