import { createClientConsent } from '../account/consent-api.ts'
import { createClientPeople } from '../account/people-api.ts'
import { createClientReports } from '../account/reports-api.ts'
import type { ClientOptions, CoreClient } from '../api/client-api.ts'
import { createClientCommands } from '../api/client-commands.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { createQueries } from '../history/queries.ts'
import { createClientMarks } from '../marks/marks-api.ts'
import { createClientStars } from '../marks/stars-api.ts'
import { createClientFiles } from '../media/client-files.ts'
import type { ClientPresence } from '../presence/presence-api.ts'
import { namesOfPeople } from '../profiles/names-of-people.ts'
import type { Protection, ProtectionDeps } from '../protection/protection.ts'
import type { ClientRecords } from '../records/client-records.ts'
import { createWithContent } from '../rest/readable-views.ts'
import type { Rest } from '../rest/rest-client.ts'
import { type ClientAround, createClientAround } from './client-around.ts'
import { createBasis } from './client-basis.ts'
import { createIncoming } from './client-incoming.ts'
import { type ClientKept, createClientKept } from './client-kept.ts'
import { type ClientLifeDeps, createClientLife } from './client-life.ts'
import { createClientOutbox } from './client-outbox.ts'
import { createOutgoing } from './client-outgoing.ts'
import { createPresence } from './client-presence.ts'
import { createClientReceipts } from './client-receipts.ts'
import { createClientTopics } from './client-topics.ts'
import { createClientUploads, pendingOf } from './client-uploads.ts'
import { protectionDeps } from './protection-deps.ts'
import { createServerAccess } from './server-access.ts'

/** The parts in the order of the flow: each builds on those before it, and tells those after it by topics. */
const createParts = <Kind extends Protection>(
  options: ClientOptions,
  records: ClientRecords,
  protect: (deps: ProtectionDeps) => Kind,
  feed?: EventFeed,
) => {
  const topics = createClientTopics()
  const basis = createBasis(options, records, topics, feed)
  const server = createServerAccess({ options, basis, topics })
  const said = createClientReceipts(basis, server, records)
  const outbox = createClientOutbox(basis, topics, records)
  const uploads = createClientUploads({ options, basis, server, topics, outbox, records })
  const kept = createClientKept({ basis, server, topics, outbox, uploads, records })
  const protection = protect(protectionDeps({ options, basis, server, topics, outbox, kept }, records))
  topics.prover.answerBy(protection.prover)
  const { confirmDelivery = true } = options
  const shared = { basis, server, topics, receipts: said.receipts, outbox, uploads, protection, kept }
  const incoming = createIncoming({ ...shared, records, confirmDelivery })
  const outgoing = createOutgoing({ ...shared, incoming })
  kept.follow()
  const presence = createPresence(basis, server, topics)
  return { basis, server, topics, said, outbox, uploads, protection, kept, incoming, outgoing, presence, records }
}

interface ClientParts extends ClientLifeDeps {
  readonly kept: ClientKept
  readonly presence: ClientPresence
}

/** The part of it that the application gets. */
const clientOf = (parts: ClientParts): CoreClient => {
  const { basis, server, said, outbox, uploads, protection, kept, outgoing } = parts
  const { me, feed, time, newId, onError } = basis
  const queries = createQueries({
    ...{ rest: server.rest, withContent: createWithContent(protection), signed: protection },
    names: namesOfPeople(protection.profiles),
  })
  const { messageAt, ...answers } = kept.queries(protection, queries)
  const markRead = async (conversationId: string, seq: number) => {
    await said.mark(conversationId, 'read', seq)
    await kept.replica.read(conversationId, seq)
    if (kept.own.marks.of(conversationId).unread) void kept.own.change(conversationId, { unread: false }).catch(onError)
  }
  return {
    ...createClientCommands({ userId: me.userId, outbox, uploads, now: time.now, newId }),
    ...queries,
    ...answers,
    views: kept.views(protection, markRead),
    ...createClientConsent(server.rest),
    ...createClientFiles({ rest: server.rest, clock: basis.clock, random: basis.random }),
    people: createClientPeople(server.rest),
    ...createClientStars({
      ...{ me, stars: kept.own.stars, change: kept.own.changeStar, messageAt },
    }),
    ...createClientMarks({
      ...{ me, change: kept.own.change },
      lastSeq: (id) => kept.replica.conversation(id)?.lastSeq ?? 0,
    }),
    ...createClientReports(server.rest, newId),
    ...createClientLife(parts),
    events: feed.events,
    on: feed.on,
    state: server.connection.state,
    whenLive: basis.whenLive,
    pending: (id) => pendingOf(outbox, uploads, id),
    pendingCommands: outgoing.commands.list,
    withdraw: (...of) => (uploads.has(...of) ? uploads : outbox).withdraw(...of),
    pauseUpload: uploads.pause,
    resumeUpload: uploads.resume,
    markDelivered: (conversationId, seq) => said.mark(conversationId, 'delivered', seq),
    markRead,
    typing: said.typing.set,
    presence: parts.presence,
  }
}

export interface Assembled<Kind> extends ClientAround {
  readonly client: CoreClient
  readonly protection: Kind
  readonly rest: Rest
}

/** A client over any protection of what it sends. */
export const assemble = <Kind extends Protection>(
  options: ClientOptions,
  records: ClientRecords,
  protect: (deps: ProtectionDeps) => Kind,
  /** Receives everything that is reported; default: handlers and iterators of this very client. */
  feed?: EventFeed,
): Assembled<Kind> => {
  const parts = createParts(options, records, protect, feed)
  return {
    client: clientOf(parts),
    protection: parts.protection,
    rest: parts.server.rest,
    ...createClientAround(parts),
  }
}
