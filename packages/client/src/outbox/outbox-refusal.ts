import * as chains from '../commands/outbox-chain.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { afterRefusal, isJudgement } from '../commands/refusal-rules.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import { backoffMs } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'
import type { OutboxGivenUp } from './outbox-given-up.ts'
import type { OutboxOutcomes } from './outbox-outcomes.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxRefusalDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly queue: OutboxQueue
  readonly givenUp: OutboxGivenUp
  readonly outcomes: Pick<OutboxOutcomes, 'reject' | 'drop'>
  /** A refusal that means something to the encryption. Undefined: its code alone decides. */
  readonly judge: (entry: OutboxEntry, error: BackscrollError) => 'later' | 'drop' | undefined
  readonly wake: () => void
}

/** Decides about an entry that the server did not accept, or that is given up: it goes again later, or is rejected. */
export interface OutboxRefusal {
  refused(entry: OutboxEntry, error: BackscrollError): void
  /**
   * Gives up what waits: finally rejected, and never sent from now on. An entry in progress has the server's
   * answer as its outcome; one that was sent without an answer is asked about first.
   */
  fail(entry: OutboxEntry, error: BackscrollError): void
}

/** The first time at once: what was missing is on its way, and `ready` waits for it. */
const patience = (failures: number, random: number): number => (failures === 0 ? 0 : backoffMs(failures, random))

export const createOutboxRefusal = (deps: OutboxRefusalDeps): OutboxRefusal => {
  const { clock, random, queue, givenUp, outcomes, judge, wake } = deps

  const noteRefusal = ({ conversationId: id, clientSeq }: OutboxEntry, error: BackscrollError) => {
    if (isJudgement(error)) queue.put(id, chains.refused(queue.chain(id), clientSeq))
    queue.put(id, { ...queue.chain(id), refusedWith: error.code })
  }
  const goAgain = (entry: OutboxEntry, verdict: 'later' | 'drop') => {
    const { conversationId: id, clientSeq } = entry
    const notBefore = clock.now() + patience(queue.chain(id).failures, random())
    queue.put(id, chains.postponed(queue.chain(id), clientSeq, notBefore))
    // Its author may enter it again at once: the chain waits its time all the same.
    return verdict === 'drop' ? outcomes.drop(entry) : wake()
  }

  return {
    refused: (entry, error) => {
      if (queue.isSettled(entry)) return
      const { conversationId: id, clientSeq } = entry
      noteRefusal(entry, error)
      const doom = givenUp.errorOf(entry)
      if (doom !== undefined && !chains.isDoubtful(queue.chain(id), clientSeq)) return outcomes.reject(entry, doom)
      const verdict = doom === undefined ? judge(entry, error) : undefined
      if (verdict !== undefined) return goAgain(entry, verdict)
      const next = afterRefusal(queue.chain(id), clientSeq, error, clock.now(), random())
      if (next === undefined) return outcomes.reject(entry, error)
      queue.put(id, next)
      wake()
    },
    fail: (entry, error) => {
      const { conversationId: id, clientSeq } = entry
      const isUnderWay = queue.chain(id).inFlight.has(clientSeq)
      if (queue.isSettled(entry) || givenUp.isRejecting(entry) || isUnderWay) return
      // A request over REST is given up before it was ever sent, or is sent again unchanged.
      const isInDoubt = entry.command.kind === 'message' && chains.isDoubtful(queue.chain(id), clientSeq)
      if (!isInDoubt) return outcomes.reject(entry, error)
      givenUp.condemn(entry, error)
      wake()
    },
  }
}
