import type { WireEvent } from '@backscroll/protocol/server-frames'
import { acceptedBy } from '../commands/acceptance-from-event.ts'
import type { Answers, Sent } from '../commands/outbox-answers.ts'
import type { Chain } from '../commands/outbox-chain.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { ClientStore } from '../stores/client-store.ts'
import { createOutboxCallers } from './outbox-callers.ts'
import { createOutboxDispatch, type OutboxDispatch, type OutboxDispatchDeps } from './outbox-dispatch.ts'
import { createOutboxGivenUp } from './outbox-given-up.ts'
import { createOutboxIntake, type OutboxIntake } from './outbox-intake.ts'
import { createOutboxOutcomes, type OutboxOutcomes, type OutboxOutcomesDeps } from './outbox-outcomes.ts'
import { createOutboxQueue, type OutboxQueue } from './outbox-queue.ts'
import { createOutboxRefusal, type OutboxRefusal, type OutboxRefusalDeps } from './outbox-refusal.ts'
import { createOutboxWithdrawal, type OutboxWithdrawal, type OutboxWithdrawalDeps } from './outbox-withdrawal.ts'

type Sending = Pick<OutboxDispatchDeps, 'clock' | 'transmit' | 'probe' | 'ready' | 'window'>
type Ending = Pick<OutboxOutcomesDeps, 'onAccepted' | 'onRejected'> &
  Pick<OutboxWithdrawalDeps, 'unsealed' | 'onWithdrawn'>

export interface OutboxDeps extends Sending, Ending, Pick<OutboxRefusalDeps, 'random' | 'judge'> {
  readonly store: ClientStore
  readonly chains: ReadonlyMap<string, Chain>
  /** What waits in a conversation, or why, may have changed. */
  readonly onChange: (conversationId: string) => void
}

/** Commands on their way to the server: stored before they are sent, and sent until they have an outcome. */
export interface Outbox
  extends OutboxIntake,
    Pick<OutboxRefusal, 'fail'>,
    Pick<OutboxOutcomes, 'drop'>,
    Pick<OutboxDispatch, 'wake'>,
    Pick<OutboxWithdrawal, 'withdraw'>,
    Pick<OutboxQueue, 'chain' | 'pending'> {
  /** What waits in a conversation, the next one first. */
  waiting(conversationId: string): readonly OutboxEntry[]
  /** An event of this device arrived: the command behind it is accepted, whether or not the answer arrives. */
  seen(event: WireEvent): void
  /** Conversations with waiting entries. */
  busy(): Iterable<string>
  close(): void
}

export const createOutbox = (deps: OutboxDeps): Outbox => {
  const queue = createOutboxQueue(deps.chains, deps.onChange)
  const callers = createOutboxCallers()
  const givenUp = createOutboxGivenUp()
  let closed = false

  // Every outcome lets something else go out.
  const wake = () => dispatch.wake()
  const shared = { ...deps, queue, callers, givenUp, wake }
  const outcomes = createOutboxOutcomes(shared)
  const refusal = createOutboxRefusal({ ...shared, outcomes })
  const withdrawal = createOutboxWithdrawal(shared)
  const accepted = (entry: OutboxEntry, sent: Sent) => {
    if (!queue.isSettled(entry)) outcomes.accept(entry, sent)
  }
  const answersTo = (entry: OutboxEntry): Answers => ({
    answered: (sent) => accepted(entry, sent),
    refused: (error) => refusal.refused(entry, error),
  })
  const dispatch = createOutboxDispatch({ ...shared, onSending: withdrawal.sending, answersTo })

  return {
    ...createOutboxIntake({ ...shared, isClosed: () => closed }),
    drop: outcomes.drop,
    fail: refusal.fail,
    withdraw: withdrawal.withdraw,
    waiting: (id) => queue.chain(id).entries,
    seen: (event) => {
      const entry = queue.find(event.stream.id, Number(event.data.clientSeq ?? 0))
      const same = entry !== undefined && (event.data.messageId ?? entry.messageId) === entry.messageId
      if (same) accepted(entry, { result: acceptedBy(event), ciphertext: undefined })
    },
    wake,
    busy: queue.busy,
    chain: queue.chain,
    pending: queue.pending,
    close: () => {
      closed = true
      dispatch.stop()
      callers.stop()
    },
  }
}
