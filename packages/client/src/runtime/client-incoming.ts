import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { Push } from '../connection/connection.ts'
import { type Changes, createDelivery } from '../delivery/delivery-queue.ts'
import { createOwnEnvelopes } from '../delivery/own-envelopes.ts'
import { createInbound, type Inbound } from '../inbound/inbound-pipeline.ts'
import { createFirstLoad } from '../inbound/initial-snapshot.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { createDecryptingDelivery, type DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import type { Protection } from '../protection/protection.ts'
import type { ReceiptSender } from '../receipts/receipt-sender.ts'
import type { ClientRecords } from '../records/client-records.ts'
import { createWithContent } from '../rest/readable-views.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientKept } from './client-kept.ts'
import type { ClientTopics } from './client-topics.ts'
import type { ServerAccess } from './server-access.ts'

export interface IncomingDeps {
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly receipts: ReceiptSender
  readonly outbox: Outbox
  readonly protection: Protection
  readonly kept: ClientKept
  readonly records: ClientRecords
  /** Confirms to the server each message that the application got. */
  readonly confirmDelivery: boolean
}

/** The seq of a message that another user sent. */
const foreignSeq = (event: WireEvent, userId: string): number | undefined =>
  event.type === 'MessageSent' && event.actor.userId !== userId && typeof event.data.seq === 'number'
    ? event.data.seq
    : undefined

const createWayToApplication = ({ basis, topics, receipts, protection, kept, confirmDelivery }: IncomingDeps) => {
  const { me, store, feed, clock, random, blocks, onError } = basis
  const onMessage = (event: WireEvent): Changes => {
    const seq = confirmDelivery ? foreignSeq(event, me.userId) : undefined
    return seq === undefined ? () => [] : receipts.note(event.stream.id, 'delivered', seq)
  }
  const plain = createDelivery({ me, store, feed, clock, blocks, replica: kept, onMessage, onError })
  const delivery = createDecryptingDelivery({ delivery: plain, protection, clock, random, onError })
  topics.notice.on(delivery.notice)
  return delivery
}

const createWayIn = ({ basis, server, outbox, records }: IncomingDeps, delivery: DecryptingDelivery) => {
  const { me, clock, random, position, onError } = basis
  const envelopes = createOwnEnvelopes()
  const inbound = createInbound({
    ...{ me, delivery, clock, random, position, onError, connection: server.connection },
    ...{ streams: records.streams, account: records.account },
    ownEnvelope: (event) => envelopes.of(event, outbox.waiting(event.stream.id)),
    onOwn: (event) => outbox.seen(event),
    inDoubt: () => outbox.pending() > 0,
  })
  return { envelopes, inbound }
}

const loadFirst = (deps: IncomingDeps, delivery: DecryptingDelivery, inbound: Inbound) => {
  const { basis, server, receipts, protection } = deps
  const begin: Inbound['begin'] = (snapshot) => {
    receipts.forgetConfirmed()
    inbound.begin(snapshot)
  }
  return createFirstLoad({
    ...{ rest: server.rest, connection: server.connection, delivery, protection },
    ...{ blocks: basis.blocks, onError: basis.onError, withContent: createWithContent(protection) },
    inbound: { room: inbound.room, begin },
  })
}

/** Everything from the server on its way to the application: order, gaps, decryption, storage. */
export const createIncoming = (deps: IncomingDeps) => {
  const { basis, topics } = deps
  const delivery = createWayToApplication(deps)
  const { envelopes, inbound } = createWayIn(deps, delivery)
  const load = loadFirst(deps, delivery, inbound)
  topics.load.on(() => void load())
  topics.push.on((push: Push) => {
    if (push.type === 'presence') return
    if (push.type !== 'typing_indicator') inbound.push(push)
    else if (!basis.blocks.hides(push.conversationId)) basis.feed.signal({ ...push, type: 'typing' })
  })
  topics.knows.answerBy(inbound.knows)
  topics.caughtUp.answerBy(inbound.caughtUp)
  return { delivery, inbound, envelopes }
}

export type Incoming = ReturnType<typeof createIncoming>
