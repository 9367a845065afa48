import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { Reached } from '../replica/mark-shelf.ts'
import type { ReadableKept } from '../replica/read-kept.ts'
import type { ReplicaNews } from '../replica/replica-state.ts'
import { createEchoBook } from './echo-book.ts'
import { isAbout, namesIn } from './entry-people.ts'
import { createMessagePages } from './message-pages.ts'
import { createSource, type Observable } from './observable.ts'
import type { OutboxNews } from './outbox-news.ts'
import { echoOf, entryOf, type TimelineEntry } from './timeline-entry.ts'
import type { TimelineSnapshot } from './timeline-snapshot.ts'
import { createTimelineWindow } from './timeline-window.ts'
import type { ViewsDeps } from './views-deps.ts'

/** A conversation for display, kept up to date while the view has subscribers. */
export interface Timeline extends Observable<TimelineSnapshot> {
  /**
   * Loads older messages, from this device or from the server. Rejects with `disconnected` if that needs a
   * connection and there is none.
   */
  loadOlder(): Promise<void>
  /** Loads newer messages again, after the window was moved to older ones. */
  loadNewer(): Promise<void>
  setDraft(text: string): Promise<void>
  /** Marks everything that is displayed as read. */
  markRead(): Promise<void>
  /** Ends all subscriptions. */
  close(): void
}

type Echoed = Parameters<typeof echoOf>[0]

interface Cached {
  readonly of: readonly unknown[]
  readonly entry: TimelineEntry
}

export const createTimeline = (
  deps: ViewsDeps,
  conversationId: string,
  recipient: string | undefined,
  most: number,
): Timeline => {
  const { me, replica, drafts, typing, names, unsent, blocks, onError } = deps
  const mine = { me: me.userId, nameOf: names.of }
  const pages = createMessagePages({ ...deps, conversationId, size: Math.min(deps.pageSize, most) })
  const isBlocked = () => blocks.hides(conversationId)
  const window = createTimelineWindow({
    ...{ pages, readKept: deps.readKept, most },
    message: (seq) => replica.message(conversationId, seq),
    isHidden: ({ blocked }) => blocked === true && isBlocked(),
  })
  const echoes = createEchoBook(conversationId, () => deps.waiting(conversationId))
  let marks: ReadonlyMap<string, Reached> = new Map()
  let name: string | undefined
  let isLoading = true
  let cache = new Map<string, Cached>()

  const others = (): readonly string[] => {
    const members = deps.members(conversationId).filter((userId) => userId !== me.userId)
    const peer = replica.conversation(conversationId)?.peer ?? recipient
    return members.length > 0 || peer === undefined ? members : [peer]
  }
  /** Returns the same entry as long as none of its inputs has changed. */
  const cached = (id: string, of: readonly unknown[], make: () => TimelineEntry): TimelineEntry => {
    const before = cache.get(id)
    const isSame = before?.of.length === of.length && before.of.every((part, index) => part === of[index])
    return isSame ? before.entry : make()
  }
  const shown = (): readonly TimelineEntry[] => {
    const next = new Map<string, Cached>()
    const isStarred = (messageId: string) => deps.stars.has(conversationId, messageId)
    const by = { ...mine, others: others(), marks, isStarred }
    const add = (id: string, of: readonly unknown[], make: () => TimelineEntry) =>
      next.set(id, { of, entry: cached(id, of, make) })
    for (const one of window.items()) {
      const pending = echoes.about(one.seq)
      const made = entryOf(one, pending, by)
      add(
        one.messageId,
        [one, made.state, made.isStarred, made.readBy.join('\n'), namesIn(made), ...pending],
        () => made,
      )
    }
    if (window.hasNewer()) return finish(next)
    const waiting = new Set(echoes.messages().map(({ entry }) => entry.messageId))
    for (const one of unsent.of(conversationId))
      if (!next.has(one.messageId) && !waiting.has(one.messageId))
        add(one.messageId, [one, names.of(me.userId)], () => failed(one))
    for (const { entry, isAccepted } of echoes.messages())
      if (!next.has(entry.messageId))
        add(entry.messageId, [entry, isAccepted, uploadOf(entry), names.of(me.userId)], () => echo(entry, isAccepted))
    return finish(next)
  }
  const finish = (next: Map<string, Cached>) => {
    cache = next
    return [...next.values()].map(({ entry }) => entry)
  }
  const nothing = { failure: undefined, retry: undefined, discard: undefined }
  const uploadOf = ({ messageId }: Echoed) => deps.upload(conversationId, messageId)
  const echo = (entry: Echoed, isAccepted: boolean) =>
    echoOf(
      entry,
      { ...mine, others: others() },
      { ...nothing, upload: uploadOf(entry), state: isAccepted ? 'sent' : 'sending' },
    )
  const failed = (entry: Echoed) =>
    echoOf(
      entry,
      { ...mine, others: others() },
      {
        state: 'failed',
        upload: uploadOf(entry),
        failure: entry.failed && { code: entry.failed.code, message: entry.failed.message },
        retry: () => deps.retry(conversationId, entry.messageId),
        discard: () => deps.discard(conversationId, entry.messageId),
      },
    )

  const build = (): TimelineSnapshot => {
    const known = replica.conversation(conversationId)
    const peer = known?.peer ?? recipient
    const typers = typing.of(conversationId)
    return {
      ...{ conversationId, kind: known?.kind, peer, name, isLoading },
      ...{ peerName: peer === undefined ? undefined : names.of(peer), typingNames: typers.map(names.of) },
      ...{ entries: shown(), hasOlder: window.hasOlder(), hasNewer: window.hasNewer() },
      ...{ unread: isBlocked() ? 0 : (known?.unread ?? 0), typing: typers },
      typingActivities: typing.activitiesOf(conversationId),
      ...{ draft: drafts.of(conversationId), isBlocked: isBlocked() },
    }
  }
  const publish = () => source.set(build())

  let turn: Promise<unknown> = Promise.resolve()
  /** Runs steps one after the other, and publishes a snapshot after each. */
  const step = (task: () => Promise<void>): Promise<void> => {
    const result = turn.then(task).then(publish)
    turn = result.catch(() => {})
    return result
  }
  const later = (task: () => Promise<void>) => void step(task).catch(onError)

  const arrived = ({ messageId }: ReadableKept) => echoes.arrived(messageId)
  const open = async () => {
    echoes.look()
    marks = await replica.marks(conversationId)
    name = await deps.nameOf(conversationId)
    await window.open()
    window.items().forEach(arrived)
    isLoading = false
  }
  /** Loads more from the server if this device has less than a page. */
  const fill = async () => {
    if (window.items().length >= deps.pageSize || !window.hasOlder() || !deps.isLive()) return
    await window.older().catch((thrown) => {
      // A lost connection is reported only to callers who page back themselves.
      if (deps.isLive()) throw thrown
    })
  }
  const applyEvent = async (event: WireEvent) => {
    await window.event(event)
    if (typeof event.data.messageId === 'string') echoes.arrived(event.data.messageId)
  }
  const refresh: Readonly<Record<Exclude<ReplicaNews['kind'], 'message'>, () => Promise<void>>> = {
    all: open,
    reload: open,
    marks: async () => {
      marks = await replica.marks(conversationId)
    },
    facts: async () => {
      name = await deps.nameOf(conversationId)
    },
  }
  const onNews = (news: ReplicaNews) => {
    if (news.kind !== 'all' && news.conversationId !== conversationId) return
    later(news.kind === 'message' ? () => applyEvent(news.event) : refresh[news.kind])
  }
  const onOutbox = (news: OutboxNews) => {
    if (!echoes.take(news)) return
    later(async () => {
      echoes.look()
      if (news.kind !== 'accepted' || news.result.seq === undefined) return
      const there = await replica.message(conversationId, news.result.seq)
      if (there?.messageId === news.entry.messageId) echoes.arrived(there.messageId)
    })
  }
  const ifMine = (call: () => void) => (id: string) => {
    if (id === conversationId) call()
  }
  const isShown = (userId: string): boolean => {
    const { peer, typing, entries } = source.snapshot()
    return peer === userId || typing.includes(userId) || entries.some((entry) => isAbout(entry, userId))
  }
  const onWatched = () => {
    const ends = [
      replica.watch(onNews),
      deps.outboxNews.watch(onOutbox),
      typing.watch(ifMine(publish)),
      drafts.watch(ifMine(publish)),
      unsent.watch(ifMine(publish)),
      deps.stars.watch(ifMine(publish)),
      deps.onBlocks(() => later(open)),
      names.subscribe((userId) => isShown(userId) && publish()),
    ]
    later(open)
    later(fill)
    return () => {
      for (const end of ends) end()
    }
  }
  const source = createSource<TimelineSnapshot>(build(), onWatched, onError)

  return {
    snapshot: source.snapshot,
    subscribe: source.subscribe,
    loadOlder: () => step(() => (window.hasOlder() ? window.older() : Promise.resolve())),
    loadNewer: () => step(window.newer),
    setDraft: (text) => drafts.set(conversationId, text),
    markRead: async () => {
      const last = window.items().at(-1)
      if (last !== undefined) await deps.markRead(conversationId, last.seq)
    },
    close: source.clear,
  }
}
