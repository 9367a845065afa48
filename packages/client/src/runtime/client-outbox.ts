import { createOutbox } from '../outbox/outbox.ts'
import type { ClientRecords } from '../records/client-records.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientTopics } from './client-topics.ts'

/** Waiting commands. The sender is built later, and is told of them. */
export const createClientOutbox = (
  { store, answers, clock }: ClientBasis,
  topics: ClientTopics,
  records: ClientRecords,
) =>
  createOutbox({
    ...{ store, answers, chains: records.chains, unsealed: records.unsealed, clock },
    wake: topics.wake.tell,
    onChange: topics.waiting.tell,
    onAccepted: topics.accepted.tell,
    onRejected: topics.rejected.tell,
    onWithdrawn: topics.withdrawn.tell,
  })
