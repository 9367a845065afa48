import type { Sent } from '../commands/outbox-answers.ts'
import * as chains from '../commands/outbox-chain.ts'
import { isQuiet, type OutboxEntry, withOutcomes } from '../commands/outbox-entry.ts'
import type { Changes } from '../delivery/delivery-queue.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { chainChange, entryChange, entryRemoved } from '../records/client-records.ts'
import type { CommandAnswers } from '../records/command-answers.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import type { OutboxCallers } from './outbox-callers.ts'
import type { OutboxGivenUp } from './outbox-given-up.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxOutcomesDeps {
  readonly store: Pick<ClientStore, 'write'>
  readonly clock: Clock
  readonly queue: OutboxQueue
  readonly answers: Pick<CommandAnswers, 'keep'>
  readonly callers: Pick<OutboxCallers, 'resolve' | 'reject'>
  readonly givenUp: Pick<OutboxGivenUp, 'setRejecting' | 'forget'>
  readonly onAccepted: (entry: OutboxEntry, sent: Sent, forget: Changes) => void
  readonly onRejected: (entry: OutboxEntry, error: BackscrollError) => void
  readonly wake: () => void
}

/**
 * The possible outcomes of an entry. Each takes it out of the queue and out of the store, and tells the waiting
 * caller.
 */
export interface OutboxOutcomes {
  accept(entry: OutboxEntry, sent: Sent): void
  reject(entry: OutboxEntry, error: BackscrollError): void
  /** The SDK's own commands are not reported to the application. `why` is for the part of the SDK that waits. */
  drop(entry: OutboxEntry, why?: BackscrollError): void
}

const storeRetryMs = 1_000

const failureOf = ({ code, message, details }: BackscrollError) => ({ code, message, ...(details && { details }) })

export const createOutboxOutcomes = (deps: OutboxOutcomesDeps): OutboxOutcomes => {
  const { store, clock, queue, answers, callers, givenUp, wake } = deps

  const drop = (entry: OutboxEntry, why = new BackscrollError('stopped')) => {
    if (queue.isSettled(entry)) return
    const { conversationId: id } = entry
    queue.put(id, chains.rejected(queue.chain(id), entry.clientSeq))
    // A store that fails reports it by itself; after a restart the entry has the same outcome.
    store.write(entryRemoved(entry)).catch(() => {})
    callers.reject(entry, why)
    wake()
  }

  /** Stored before anyone is told, so that a restart does not retry what the application believes to have failed. */
  const reject = async (entry: OutboxEntry, error: BackscrollError) => {
    if (isQuiet(entry)) return drop(entry, error)
    const { conversationId: id } = entry
    givenUp.setRejecting(entry, true)
    try {
      const failure = failureOf(error)
      await store.write([entryChange({ ...entry, failed: failure }), ...answers.keep(entry, { failure })()])
    } catch {
      // Tried again; a store that fails reports it by itself.
      givenUp.setRejecting(entry, false)
      queue.put(id, chains.postponed(queue.chain(id), entry.clientSeq, clock.now() + storeRetryMs))
      return wake()
    }
    givenUp.forget(entry)
    queue.put(id, chains.rejected(queue.chain(id), entry.clientSeq))
    deps.onRejected(entry, error)
    callers.reject(entry, error)
    wake()
  }

  return {
    accept: (entry, sent) => {
      const { conversationId: id } = entry
      givenUp.forget(entry)
      queue.put(id, chains.accepted(queue.chain(id), entry.clientSeq))
      const result = withOutcomes(sent.result, entry)
      const answer = answers.keep(entry, { result })
      deps.onAccepted(entry, sent, () => [...entryRemoved(entry), chainChange(id, queue.chain(id)), ...answer()])
      callers.resolve(entry, result)
      wake()
    },
    reject: (entry, error) => void reject(entry, error),
    drop,
  }
}
