import { createClientConsent } from '../account/consent-api.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { createKeptQueries } from '../history/kept-queries.ts'
import type { Queries } from '../history/queries.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { namesOfPeople } from '../profiles/names-of-people.ts'
import type { Protection } from '../protection/protection.ts'
import type { ClientRecords } from '../records/client-records.ts'
import { createReadKept } from '../replica/read-kept.ts'
import { loadReplica } from '../replica/replica.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import { createClientViews } from '../views/client-views.ts'
import { loadDrafts } from '../views/draft-book.ts'
import { createOutboxNews } from '../views/outbox-news.ts'
import { createUpkeep } from '../views/replica-upkeep.ts'
import { loadRequests } from '../views/request-book.ts'
import { createResend } from '../views/resend-unsent.ts'
import { createTypingBook } from '../views/typing-book.ts'
import { loadUnsent, type UnsentBook } from '../views/unsent-book.ts'
import type { ClientBasis } from './client-basis.ts'
import { createClientMarksParts } from './client-marks.ts'
import type { ClientTopics } from './client-topics.ts'
import { waitingIn } from './client-uploads.ts'
import type { ServerAccess } from './server-access.ts'

export interface ClientKeptDeps {
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly outbox: Outbox
  readonly uploads: MessageUploads
  readonly records: ClientRecords
}

const pageSize = 50

const membersOf = (protection: Protection, id: string): readonly string[] =>
  [...protection.signedMembers(id)].filter(([, { gone }]) => !gone).map(([userId]) => userId)

const loadBooks = ({ basis, server, outbox, records }: ClientKeptDeps) => {
  const { stored } = records
  const { me, lazy, write, clock, time, onError } = basis
  const { rest, isLive } = server
  const requests = loadRequests(stored)
  const replica = loadReplica({ me, stored, lazy, write, time })
  return {
    ...{ replica, requests, drafts: loadDrafts(stored, write), typing: createTypingBook(clock) },
    ...{ unsent: loadUnsent(stored, records.failed, outbox.waiting), outboxNews: createOutboxNews() },
    upkeep: createUpkeep({
      ...{ stored, replica, requests, rest, write, isLive, onError },
      consent: createClientConsent(rest),
    }),
  }
}

/** Messages that wait for their files are shown among the others. */
const withUploads = ({
  unsent,
  outbox,
  uploads,
}: Pick<ClientKeptDeps, 'outbox' | 'uploads'> & { unsent: UnsentBook }) => ({
  unsent: { watch: unsent.watch, of: (id: string) => [...unsent.of(id), ...uploads.failed(id)] },
  waiting: (id: string) => [...outbox.waiting(id), ...uploads.waiting(id).map(({ shown }) => shown)],
  busy: () => waitingIn(outbox, uploads),
  upload: uploads.progress,
})

/** What this device keeps for readers: the replica and what belongs to it, and what is shown of them. */
export const createClientKept = (deps: ClientKeptDeps) => {
  const { basis, server, topics, outbox, uploads } = deps
  const { me, blocks, write, time, onError } = basis
  const { rest, isLive } = server
  const books = loadBooks(deps)
  const { replica, requests, typing, unsent, outboxNews, upkeep } = books
  const own = createClientMarksParts(deps)
  const live = () => {
    upkeep.live()
    own.live()
  }

  return {
    replica,
    unsent,
    own,
    /** Records the next event for the application; answers what to store along with it. */
    apply: async (event: ClientEvent, isBlocked: boolean): Promise<() => readonly StoreChange[]> => {
      const kept = await replica.apply(event, isBlocked)
      const deferred = [...requests.take(event), ...upkeep.take(event), ...own.take(event)]
      return () => [...kept(), ...deferred]
    },
    /** After those whom it hears of the same topics. */
    follow: () => {
      const tellWaiting = (conversationId: string) => outboxNews.tell({ kind: 'waiting', conversationId })
      topics.waiting.on(tellWaiting)
      topics.uploading.on(tellWaiting)
      topics.accepted.on((entry, { result }) => outboxNews.tell({ kind: 'accepted', entry, result }))
      topics.rejected.on((entry) => outboxNews.tell({ kind: 'ended', entry }))
      topics.withdrawn.on((entry) => outboxNews.tell({ kind: 'ended', entry }))
      topics.push.on((push) => {
        if (push.type === 'typing_indicator' && !blocks.hides(push.conversationId)) typing.said(push)
      })
      topics.state.on(({ name }) => (name === 'live' ? live() : undefined))
    },
    queries: (protection: Protection, server: Queries) =>
      createKeptQueries({
        ...{ replica, isLive, server, textsOf: protection.textsOf, names: namesOfPeople(protection.profiles) },
        readKept: createReadKept(protection),
      }),
    views: (protection: Protection, markRead: (conversationId: string, seq: number) => Promise<void>) =>
      createClientViews({
        ...{ ...books, me, rest, isLive, blocks, onBlocks: blocks.watch, markRead, pageSize, onError },
        ...{ marks: own.marks, stars: own.stars, watchMarks: own.watch, now: time.now },
        ...createResend({ unsent, outbox, uploads, write, now: time.now }),
        ...withUploads({ unsent, outbox, uploads }),
        readKept: createReadKept(protection),
        members: (id) => membersOf(protection, id),
        names: namesOfPeople(protection.profiles),
        nameOf: async (id) => (await protection.textsOf(id)).name ?? undefined,
      }),
  }
}

export type ClientKept = ReturnType<typeof createClientKept>
