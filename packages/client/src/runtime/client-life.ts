import type { Outbox } from '../outbox/outbox.ts'
import type { Protection } from '../protection/protection.ts'
import type { ClientRecords } from '../records/client-records.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import type { ClientBasis } from './client-basis.ts'
import type { Incoming } from './client-incoming.ts'
import { createLifecycle } from './client-lifecycle.ts'
import type { Outgoing } from './client-outgoing.ts'
import type { ClientReceipts } from './client-receipts.ts'
import type { ClientTopics } from './client-topics.ts'
import type { ServerAccess } from './server-access.ts'
import { createStateReactions } from './state-reactions.ts'

export interface ClientLifeDeps {
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly said: ClientReceipts
  readonly outbox: Outbox
  readonly uploads: MessageUploads
  readonly protection: Protection
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  readonly records: ClientRecords
}

/** How the parts begin and end, and what the states of the connection do to them. */
export const createClientLife = (deps: ClientLifeDeps) => {
  const { basis, server, said, outbox, uploads, protection, incoming, outgoing, records } = deps
  const shared = { ...basis, ...server, ...said, ...incoming, ...outgoing, outbox, uploads, protection }
  deps.topics.state.on(createStateReactions({ ...shared, session: server.connection.session }))
  return createLifecycle({
    ...shared,
    tellFailed: () => {
      outgoing.outcomes.failedBefore(records.failed.splice(0))
      uploads.tellFailed()
    },
  })
}
