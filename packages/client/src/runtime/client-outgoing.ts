import { createPendingCommands, type PendingCommandsDeps } from '../commands/pending-commands.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { createOutboxSending } from '../outbox/outbox-sending.ts'
import type { Protection } from '../protection/protection.ts'
import type { ReceiptSender } from '../receipts/receipt-sender.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import type { ClientBasis } from './client-basis.ts'
import type { Incoming } from './client-incoming.ts'
import type { ClientKept } from './client-kept.ts'
import type { ClientTopics } from './client-topics.ts'
import { createOutcomeReporter } from './outcome-reporter.ts'
import type { ServerAccess } from './server-access.ts'
import { createTransmit } from './transmit-command.ts'

export interface OutgoingDeps {
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly receipts: ReceiptSender
  readonly outbox: Outbox
  readonly uploads: MessageUploads
  readonly protection: Protection
  readonly incoming: Incoming
  readonly kept: ClientKept
}

const createPending = ({ basis, server, topics, outbox, uploads, protection }: OutgoingDeps) => {
  const gate: PendingCommandsDeps['gate'] = () => {
    const { name } = server.connection.state()
    if (name === 'live') return undefined
    return { name: name === 'awaiting_approval' ? 'waiting_for_approval' : 'waiting_for_connection' }
  }
  const commands = createPendingCommands({
    uploads: uploads.waiting,
    ...{ busy: outbox.busy, chain: outbox.chain, now: () => basis.clock.now(), gate, obstacle: protection.obstacle },
    tell: (command) => basis.feed.signal({ type: 'pending_command', command }),
  })
  topics.waiting.on(commands.changed)
  topics.uploading.on(commands.changed)
  return commands
}

const createSending = ({ basis, server, topics, receipts, outbox, protection }: OutgoingDeps) => {
  const { clock, random, onError } = basis
  const sending = createOutboxSending({
    ...{ outbox, clock, random, onError },
    ...createTransmit({ protection, ...server }),
    isReady: protection.isReady,
    makeReady: protection.makeReady,
    handleRefusal: protection.handleRefusal,
    window: () => (server.isLive() ? Math.max(1, server.room() - receipts.inFlight()) : 0),
  })
  topics.wake.on(sending.wake)
  return sending
}

/** Commands on their way out of the outbox, and what becomes of them. */
export const createOutgoing = (deps: OutgoingDeps) => {
  const { basis, topics, protection, incoming, kept } = deps
  const outcomes = createOutcomeReporter({ me: basis.me, protection, unsent: kept.unsent, ...incoming })
  topics.accepted.on(outcomes.accepted)
  topics.rejected.on(outcomes.failed)
  topics.uploadFailed.on(outcomes.uploadFailed)
  return { commands: createPending(deps), sending: createSending(deps), outcomes }
}

export type Outgoing = ReturnType<typeof createOutgoing>
