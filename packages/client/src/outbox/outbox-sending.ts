import type { Answers } from '../commands/outbox-answers.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { Outbox } from './outbox.ts'
import { createOutboxDispatch, type OutboxDispatch, type OutboxDispatchDeps } from './outbox-dispatch.ts'
import { createOutboxRefusal, type OutboxRefusalDeps } from './outbox-refusal.ts'

export interface OutboxSendingDeps
  extends Pick<OutboxDispatchDeps, 'clock' | 'transmit' | 'probe' | 'isReady' | 'makeReady' | 'window' | 'onError'>,
    Pick<OutboxRefusalDeps, 'random' | 'handleRefusal'> {
  readonly outbox: Pick<Outbox, 'sending' | 'wake'>
}

/** Sends what waits in the outbox, and sends it again, until the server has taken or rejected it. */
export const createOutboxSending = (deps: OutboxSendingDeps): OutboxDispatch => {
  const { queue, givenUp, outcomes, accepted, onSending } = deps.outbox.sending
  const shared = { ...deps, queue, givenUp, outcomes, wake: deps.outbox.wake }
  const refused = createOutboxRefusal(shared)
  const answersTo = (entry: OutboxEntry): Answers => ({
    answered: (sent) => accepted(entry, sent),
    refused: (error) => refused(entry, error),
  })
  return createOutboxDispatch({ ...shared, onSending, answersTo })
}
