import type { ConversationRequest } from '@backscroll/protocol/rest/consent'
import { activityOf, type InboxLine, inboxLine, isInArchive, named } from './inbox-line.ts'
import { createSource, isSame, type Observable } from './observable.ts'
import type { ViewsDeps } from './views-deps.ts'

export interface InboxSnapshot {
  /** Pinned conversations first, each part sorted by activity, newest first. Archived ones only if they were asked for. */
  readonly conversations: readonly InboxLine[]
  /** Requests that wait for this user's answer, oldest first. */
  readonly requests: readonly ConversationRequest[]
  /** How many conversations are in the archive. */
  readonly archived: number
  readonly isLoading: boolean
  readonly hasOlder: boolean
}

/** The user's conversations, kept up to date while the view has subscribers. */
export interface Inbox extends Observable<InboxSnapshot> {
  /** Extends the list by one page. */
  loadOlder(): Promise<void>
  /** Ends all subscriptions. */
  close(): void
}

export interface InboxOptions {
  /** Show the archive instead. Default: false. */
  readonly archived?: boolean
}

const linesAtOnce = 50

export const createInbox = (deps: ViewsDeps, { archived = false }: InboxOptions = {}): Inbox => {
  const { replica, requests, drafts, typing, names, outboxNews, onError, marks } = deps
  const lines = new Map<string, InboxLine>()
  const stale = new Set<string>()
  let shown = linesAtOnce
  let isLoading = true
  let isDue = false
  let isRenamed = false

  /** All conversations in the order of the list. It uses values in memory and reads nothing from the store. */
  const order = (): readonly string[] => {
    const ids = new Set(
      [...replica.conversations()].filter(({ role }) => role !== null).map((one) => one.conversationId),
    )
    for (const id of deps.busy()) if (replica.conversation(id) === undefined) ids.add(id)
    const places = [...ids].map((id) => {
      const activity = activityOf(deps, replica.conversation(id), id)
      return { id, activity, pinned: Number(marks.of(id).pinned) }
    })
    places.sort((a, b) => b.pinned - a.pinned || b.activity - a.activity || (a.id < b.id ? -1 : 1))
    return places.map(({ id }) => id)
  }
  /** Returns the same object as long as nothing in the line changes. */
  const current = async (id: string, renamed: boolean): Promise<InboxLine> => {
    const before = lines.get(id)
    const isFresh = before !== undefined && !stale.delete(id)
    if (isFresh && !renamed) return before
    // Names are filled in last. A name that changes while the line is built is picked up by the next refresh.
    const next = named(isFresh ? before : await inboxLine(deps, id), names.of)
    const same = before !== undefined && isSame({ ...before, lastMessage: '' }, { ...next, lastMessage: '' })
    const isEqual = same && isSame(before.lastMessage ?? {}, next.lastMessage ?? {})
    const line = isEqual ? before : next
    lines.set(id, line)
    return line
  }
  const build = async () => {
    const all = order()
    const ids = all.filter((id) => isInArchive(deps, id) === archived)
    const renamed = isRenamed
    isRenamed = false
    const conversations: InboxLine[] = []
    for (const id of ids.slice(0, shown)) conversations.push(await current(id, renamed))
    isLoading = false
    const counts = { archived: archived ? ids.length : all.length - ids.length }
    source.set({ conversations, requests: requests.all(), ...counts, isLoading, hasOlder: ids.length > shown })
  }
  let turn: Promise<unknown> = Promise.resolve()
  /** One refresh covers all changes of the same moment. */
  const refresh = (): Promise<void> => {
    const result = turn.then(() => {
      isDue = false
      return build()
    })
    turn = result.catch(() => {})
    return result
  }
  const changed = (id?: string) => {
    if (id === undefined) for (const one of lines.keys()) stale.add(one)
    else stale.add(id)
    if (isDue) return
    isDue = true
    refresh().catch(onError)
  }
  const onWatched = () => {
    const ends = [
      replica.watch((news) => changed(news.kind === 'all' ? undefined : news.conversationId)),
      outboxNews.watch((news) => changed(news.kind === 'waiting' ? news.conversationId : news.entry.conversationId)),
      typing.watch(changed),
      drafts.watch(changed),
      deps.watchMarks(changed),
      requests.watch(() => changed('')),
      deps.onBlocks(() => changed()),
      names.subscribe(() => {
        isRenamed = true
        changed('')
      }),
    ]
    changed()
    return () => {
      for (const end of ends) end()
    }
  }
  const empty: InboxSnapshot = { conversations: [], requests: requests.all(), archived: 0, isLoading, hasOlder: false }
  const source = createSource<InboxSnapshot>(empty, onWatched, onError)

  return {
    snapshot: source.snapshot,
    subscribe: source.subscribe,
    loadOlder: () => {
      shown += linesAtOnce
      return refresh()
    },
    close: source.clear,
  }
}
