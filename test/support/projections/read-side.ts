import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { encodeConversationEvent } from '../../../src/codec/conversation-codec.ts'
import { encodeReceiptsEvent } from '../../../src/codec/receipts-codec.ts'
import type { ConversationEvent, Member, Target } from '../../../src/domain/conversation/conversation-events.ts'
import { deviceId, messageId, userId } from '../../../src/domain/ids.ts'
import type { Watermark as Entry } from '../../../src/domain/receipts/receipts-events.ts'
import type { Foreign } from '../../../src/event-log/checkpoint.ts'
import { type EventLogs, onlyLog } from '../../../src/event-log/event-logs.ts'
import type { DocumentStore } from '../../../src/ports/document-store.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { createQueries } from '../../../src/projections/queries/create-queries.ts'
import { createViewCatalog } from '../../../src/projections/runner/generations/view-catalog.ts'
import { startRunner } from '../../../src/projections/runner/view-runner.ts'
import { createSyncService } from '../../../src/projections/sync/create-sync-service.ts'
import { createSnapshot } from '../../../src/projections/sync/sync-snapshot.ts'
import { allViews } from '../../../src/projections/views/all-views.ts'
import { createWatermark } from '../../../src/projections/watermark/moving-watermark.ts'
import { appendAtEnd } from '../event-log/append-at-end.ts'

export interface ReadSideOptions {
  readonly log?: EventLog
  readonly documents?: DocumentStore
  readonly now?: () => number
  readonly mostReactions?: number
  readonly onForeign?: (why: Foreign) => void
}

/** The read side over a real log and store (in memory unless given), its views kept by the real runner. */
export const openReadSide = async (options: ReadSideOptions = {}) => {
  const { log: own = createMemoryLog(), documents = createMemoryDocumentStore(), now = () => Date.now() } = options
  const log: EventLog & EventLogs = { ...own, ...onlyLog(own) }
  const watermark = createWatermark()
  let refresh = (): Promise<void> => Promise.resolve()
  const runner = await startRunner({
    reader: log,
    store: documents,
    views: allViews,
    onProgress: watermark.advance,
    onSwitched: () => void refresh(),
  })
  await runner.ready
  const catalog = await createViewCatalog(documents)
  refresh = catalog.refresh

  const deps = {
    ...{ log, documents, collectionOf: catalog.collection, watermark, now, waitMs: 5000 },
    ...(options.mostReactions !== undefined && { mostReactions: options.mostReactions }),
    ...(options.onForeign !== undefined && { onForeign: options.onForeign }),
  }
  return {
    ...deps,
    queries: createQueries(deps),
    sync: createSyncService(deps),
    snapshot: createSnapshot(deps),
    settled: async () => watermark.reached(await log.head(), 5000),
    async close() {
      await runner.close()
      await log.close()
    },
  }
}

export type ReadSide = Awaited<ReturnType<typeof openReadSide>>

export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

type WithoutActor<Event> = Event extends unknown ? Omit<Event, 'actor' | 'at'> & { readonly at?: number } : never

/** A conversation whose events a test writes by hand, with the numbers that belong to them. */
export const openConversation = (log: EventLog, n: number, startAt = 1_000) => {
  const id = idOf(n)
  const stream = `conversation-${id}`
  let revision = -1
  let lastSeq = 0
  let receipts = 0
  const clientSeqs = new Map<string, number>()
  let messages = 0

  const append = async (by: string, event: WithoutActor<ConversationEvent>, body: string | null = null) => {
    revision += 1
    const clientSeq = (clientSeqs.get(by) ?? 0) + 1
    clientSeqs.set(by, clientSeq)
    const actor = { userId: userId(by), deviceId: deviceId('phone') }
    const at = event.at ?? startAt + revision
    const full = { ...event, at, actor, data: { ...event.data, clientSeq } } as ConversationEvent
    await appendAtEnd(log, stream, [encodeConversationEvent(full, body, { clientSeq, index: 0 })])
    return revision
  }
  const asMember = (user: string): Member => ({ userId: userId(user), role: 'member' })
  const asked = (invited: readonly string[]) => (invited.length === 0 ? {} : { invited: invited.map(userId) })
  const newId = () => {
    messages += 1
    return messageId(idOf(n * 1_000_000 + messages))
  }

  return {
    id,
    stream,
    revision: () => revision,
    lastSeq: () => lastSeq,
    clientSeq: (user: string) => clientSeqs.get(user) ?? 0,
    append,
    start: (
      by: string,
      others: readonly string[],
      kind: 'direct' | 'group' = 'group',
      invited: readonly string[] = [],
    ) => {
      const members = [{ userId: userId(by), role: 'owner' as const }, ...others.map(asMember)]
      return append(by, { type: 'ConversationStarted', data: { kind, members, ...asked(invited) } })
    },
    add: (by: string, users: readonly string[], invited: readonly string[] = []) =>
      append(by, { type: 'MembersAdded', data: { members: users.map(asMember), ...asked(invited), lastSeq } }),
    accept: (user: string) => append(user, { type: 'InvitationAccepted', data: { userId: userId(user) } }),
    remove: (by: string, user: string) =>
      append(by, { type: 'MemberRemoved', data: { userId: userId(user), lastSeq } }),
    leave: (user: string) => append(user, { type: 'MemberLeft', data: { userId: userId(user), lastSeq } }),
    rename: (by: string, name: string) => append(by, { type: 'ConversationRenamed', data: { name } }),
    retain: (by: string, seconds: number | null) => append(by, { type: 'RetentionChanged', data: { seconds } }),
    letPost: (by: string, posting: 'everyone' | 'admins') => append(by, { type: 'PostingChanged', data: { posting } }),
    async send(by: string, body: string, at?: number) {
      const id = newId()
      lastSeq += 1
      const target = { messageId: id, seq: lastSeq, revision: revision + 1 }
      await append(by, { type: 'MessageSent', data: { messageId: id, seq: lastSeq }, ...(at ? { at } : {}) }, body)
      return target
    },
    async edit(by: string, target: Target, body: string, at?: number) {
      const data = { messageId: newId(), target }
      return append(by, { type: 'MessageEdited', data, ...(at ? { at } : {}) }, body)
    },
    react: (by: string, target: Target, body: string, at?: number) =>
      append(by, { type: 'MessageReacted', data: { messageId: newId(), target }, ...(at ? { at } : {}) }, body),
    control: (by: string, body: string, at: number) =>
      append(by, { type: 'ControlSent', data: { messageId: newId() }, at }, body),
    delete: async (by: string, target: Target) =>
      append(by, { type: 'MessageDeleted', data: { messageId: newId(), target } }),
    expire: (by: string, upTo: number, since: number, expiredSeq = 0) =>
      append(by, { type: 'MessagesExpired', data: { from: 0, upTo, lastSeq: expiredSeq, since } }),
    async receipts(
      entries: readonly (Omit<Entry, 'userId' | 'deviceId'> & { user: string; device?: string })[],
      at: number,
    ) {
      const data = {
        entries: entries.map(({ user, device = 'phone', ...moved }) => ({
          userId: userId(user),
          deviceId: deviceId(device),
          ...moved,
        })),
      }
      receipts += 1
      const event = encodeReceiptsEvent({ type: 'ReceiptsAdvanced', at, data }, String(receipts))
      await appendAtEnd(log, `receipts-${id}`, [event])
    },
  }
}

export type Conversation = ReturnType<typeof openConversation>
