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
  readonly handleRefusal: (entry: OutboxEntry, error: BackscrollError) => 'later' | 'drop' | undefined
  readonly wake: () => void
}

/** The first time at once: what was missing is on its way, and it waits for that. */
const patience = (failures: number, random: number): number => (failures === 0 ? 0 : backoffMs(failures, random))

/** What becomes of an entry that the server did not take: it goes again later, or is rejected. */
export const createOutboxRefusal = (deps: OutboxRefusalDeps) => {
  const { clock, random, queue, givenUp, outcomes, handleRefusal, wake } = deps

  const noteRefusal = ({ conversationId: id, clientSeq }: OutboxEntry, error: BackscrollError) => {
    if (isJudgement(error)) queue.put(id, chains.refused(queue.chain(id), clientSeq))
    queue.put(id, { ...queue.chain(id), refusedWith: error.code })
  }
  const goAgain = (entry: OutboxEntry, verdict: 'later' | 'drop', error: BackscrollError) => {
    const { conversationId: id, clientSeq } = entry
    const notBefore = clock.now() + patience(queue.chain(id).failures, random())
    queue.put(id, chains.postponed(queue.chain(id), clientSeq, notBefore))
    // Its author may enter it again at once: the chain waits its time all the same.
    return verdict === 'drop' ? outcomes.drop(entry, error) : wake()
  }

  return (entry: OutboxEntry, error: BackscrollError): void => {
    if (queue.isSettled(entry)) return
    const { conversationId: id, clientSeq } = entry
    noteRefusal(entry, error)
    const doom = givenUp.errorOf(entry)
    if (doom !== undefined && !chains.isDoubtful(queue.chain(id), clientSeq)) return outcomes.reject(entry, doom)
    const verdict = doom === undefined ? handleRefusal(entry, error) : undefined
    if (verdict !== undefined) return goAgain(entry, verdict, error)
    const next = afterRefusal(queue.chain(id), clientSeq, error, clock.now(), random())
    if (next === undefined) return outcomes.reject(entry, error)
    queue.put(id, next)
    wake()
  }
}
