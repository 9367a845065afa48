import * as chains from '../commands/outbox-chain.ts'
import { keyOf, type OutboxEntry } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { chainChange, entryRemoved } from '../records/client-records.ts'
import type { CommandAnswers } from '../records/command-answers.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { OutboxCallers } from './outbox-callers.ts'
import type { OutboxGivenUp } from './outbox-given-up.ts'
import type { OutboxIntake } from './outbox-intake.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxWithdrawalDeps {
  readonly store: Pick<ClientStore, 'write'>
  readonly queue: OutboxQueue
  readonly arrival: OutboxIntake['arrival']
  readonly answers: Pick<CommandAnswers, 'keep'>
  readonly callers: Pick<OutboxCallers, 'reject'>
  readonly givenUp: Pick<OutboxGivenUp, 'isCondemned' | 'isRejecting' | 'setRejecting' | 'forget'>
  /** Keys of entries that an earlier process has left and never sealed: it cannot have sent them. */
  readonly unsealed: ReadonlySet<string>
  readonly onWithdrawn: (entry: OutboxEntry) => void
  readonly wake: () => void
}

/** Takes commands back before they are sent. */
export interface OutboxWithdrawal {
  /**
   * Resolves when the command is out of the store, so that no process will ever send it. Rejects with `already_sent`
   * when it was sent, or may have been, and with `not_found` when it does not wait.
   */
  withdraw(conversationId: string, messageId: string): Promise<void>
  /** An entry goes out. */
  sending(entry: OutboxEntry): void
}

export const createOutboxWithdrawal = (deps: OutboxWithdrawalDeps): OutboxWithdrawal => {
  const { store, queue, answers, callers, givenUp, wake } = deps
  const unsealed = new Set(deps.unsealed)

  const mayHaveGone = (entry: OutboxEntry): boolean => {
    const chain = queue.chain(entry.conversationId)
    if (chain.inFlight.has(entry.clientSeq)) return true
    return chains.isDoubtful(chain, entry.clientSeq) && !unsealed.has(keyOf(entry))
  }
  const found = (id: string, messageId: string): OutboxEntry => {
    const entry = queue.chain(id).entries.find((one) => one.messageId === messageId)
    if (entry === undefined) throw new BackscrollError('not_found')
    if (mayHaveGone(entry) || givenUp.isCondemned(entry) || givenUp.isRejecting(entry))
      throw new BackscrollError('already_sent')
    return entry
  }
  /** It does not go out meanwhile. The chain's numbers stay: no other command gets this one's. */
  const removed = async (entry: OutboxEntry) => {
    const { conversationId: id } = entry
    givenUp.setRejecting(entry, true)
    const { code, message } = new BackscrollError('withdrawn')
    const answer = answers.keep(entry, { failure: { code, message } })
    try {
      await store.write([...entryRemoved(entry), chainChange(id, queue.chain(id)), ...answer()])
    } finally {
      givenUp.setRejecting(entry, false)
    }
  }

  return {
    withdraw: async (id, messageId) => {
      // One that is being stored does not wait in its chain yet, and would go out all the same.
      await deps.arrival(id, messageId)
      const entry = found(id, messageId)
      try {
        await removed(entry)
        givenUp.forget(entry)
        queue.put(id, chains.rejected(queue.chain(id), entry.clientSeq))
        deps.onWithdrawn(entry)
        callers.reject(entry, new BackscrollError('withdrawn'))
      } finally {
        // The rest of the chain goes on. If the store has failed, so does this entry.
        wake()
      }
    },
    sending: (entry) => void unsealed.delete(keyOf(entry)),
  }
}
