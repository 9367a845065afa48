import type { WireEvent } from '@backscroll/protocol/server-frames'
import { acceptedBy } from '../commands/acceptance-from-event.ts'
import type { Sent } from '../commands/outbox-answers.ts'
import type { Chain } from '../commands/outbox-chain.ts'
import type { Accepted, OutboxEntry } from '../commands/outbox-entry.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { CommandAnswers } from '../records/command-answers.ts'
import type { ClientStore } from '../stores/client-store.ts'
import { createOutboxCallers } from './outbox-callers.ts'
import { createOutboxFailing } from './outbox-failing.ts'
import { createOutboxGivenUp, type OutboxGivenUp } from './outbox-given-up.ts'
import { createOutboxIntake, type OutboxIntake } from './outbox-intake.ts'
import { createOutboxOutcomes, type OutboxOutcomes, type OutboxOutcomesDeps } from './outbox-outcomes.ts'
import { createOutboxQueue, type OutboxQueue } from './outbox-queue.ts'
import { createOutboxWithdrawal, type OutboxWithdrawal, type OutboxWithdrawalDeps } from './outbox-withdrawal.ts'

export interface OutboxDeps
  extends Pick<OutboxOutcomesDeps, 'clock' | 'onAccepted' | 'onRejected'>,
    Pick<OutboxWithdrawalDeps, 'unsealed' | 'onWithdrawn'> {
  readonly store: ClientStore
  readonly chains: ReadonlyMap<string, Chain>
  /** Default: nobody asks again. */
  readonly answers?: Pick<CommandAnswers, 'keep'>
  /** The waiting commands of a conversation, or the reason why they wait, may have changed. */
  readonly onChange: (conversationId: string) => void
  /** Something may go out that could not before. */
  readonly wake: () => void
}

/** Commands on their way to the server: stored before they are sent, and kept until they have an outcome. */
export interface Outbox
  extends Omit<OutboxIntake, 'arrival'>,
    Pick<OutboxOutcomes, 'drop'>,
    Pick<OutboxWithdrawal, 'withdraw'>,
    Pick<OutboxQueue, 'chain' | 'pending'>,
    Pick<OutboxDeps, 'wake'> {
  /**
   * Gives up what waits: finally rejected, and never sent from now on. What is under way has the server's answer as its
   * outcome; what was, without an answer, is asked for first.
   */
  fail(entry: OutboxEntry, error: BackscrollError): void
  /** The waiting commands of a conversation, the next one first. */
  waiting(conversationId: string): readonly OutboxEntry[]
  /** The outcome of a waiting entry. */
  wait(entry: OutboxEntry): Promise<Accepted>
  /** An event of this device arrived: the command behind it is accepted, whether or not the answer arrives. */
  seen(event: WireEvent): void
  /** Conversations with waiting entries. */
  busy(): Iterable<string>
  close(): void
  /** For what sends it. */
  readonly sending: {
    readonly queue: OutboxQueue
    readonly givenUp: OutboxGivenUp
    readonly outcomes: OutboxOutcomes
    readonly accepted: (entry: OutboxEntry, sent: Sent) => void
    /** An entry goes out: from now on it may have arrived. */
    readonly onSending: (entry: OutboxEntry) => void
  }
}

const keepNone: Pick<CommandAnswers, 'keep'> = { keep: () => () => [] }

export const createOutbox = (deps: OutboxDeps): Outbox => {
  const queue = createOutboxQueue(deps.chains, deps.onChange)
  const callers = createOutboxCallers()
  const givenUp = createOutboxGivenUp()
  let closed = false

  const shared = { answers: keepNone, ...deps, queue, callers, givenUp }
  const outcomes = createOutboxOutcomes(shared)
  const { arrival, ...intake } = createOutboxIntake({ ...shared, isClosed: () => closed })
  const withdrawal = createOutboxWithdrawal({ ...shared, arrival })
  const accepted = (entry: OutboxEntry, sent: Sent) => {
    if (!queue.isSettled(entry)) outcomes.accept(entry, sent)
  }

  return {
    ...intake,
    drop: outcomes.drop,
    withdraw: withdrawal.withdraw,
    fail: createOutboxFailing({ ...shared, outcomes }),
    waiting: (id) => queue.chain(id).entries,
    wait: callers.wait,
    seen: (event) => {
      const entry = queue.find(event.stream.id, Number(event.data.clientSeq ?? 0))
      const same = entry !== undefined && (event.data.messageId ?? entry.messageId) === entry.messageId
      if (same) accepted(entry, { result: acceptedBy(event), ciphertext: undefined })
    },
    wake: deps.wake,
    busy: queue.busy,
    chain: queue.chain,
    pending: queue.pending,
    close: () => {
      closed = true
      callers.stop()
    },
    sending: { queue, givenUp, outcomes, accepted, onSending: withdrawal.sending },
  }
}
