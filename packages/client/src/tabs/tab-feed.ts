import type { ClientEvent, Signal } from '../events/client-events.ts'
import { createErrorReport } from '../events/error-report.ts'
import { createEventFeed, type EventFeed } from '../events/event-feed.ts'

export interface TabFeed extends Pick<EventFeed, 'on' | 'events' | 'signal' | 'end'> {
  /** The application has called `start`. Earlier events are not delivered to this tab. */
  begin(): void
  /**
   * Queues an event. Events are delivered in order, each once, whichever leader sent them. Resolves when the
   * application has handled it, or with false if the tab was closed first.
   */
  take(event: ClientEvent): Promise<boolean>
  /** Takes over a leader's positions. Events that this tab has not had are reported as a `gap`. */
  reached(positions: ReadonlyMap<string, number>): void
  /** The last revision that this tab has had of each conversation. */
  positions(): ReadonlyMap<string, number>
  /** The kept events after these positions, for a tab that was frozen. */
  recent(positions: ReadonlyMap<string, number>): readonly ClientEvent[]
}

/** How many of the newest events are kept for tabs that were frozen. */
const kept = 500
/** How many events may wait for a slow application: as many as in a client without tabs. */
const most = 20_000

const placeOf = (event: ClientEvent): readonly [stream: string, revision: number] | undefined => {
  switch (event.type) {
    case 'message':
    case 'edit':
    case 'deletion':
    case 'reaction':
    case 'conversation':
      return [event.conversationId, event.event.revision]
    default:
      return undefined
  }
}

/** The event feed of one tab's application. */
export const createTabFeed = (): TabFeed => {
  const last = new Map<string, number>()
  /** Events that were left out because too many were waiting: the revision before the first one, by conversation. */
  const left = new Map<string, number>()
  /** A leader has sent this tab its positions. */
  let knowsAll = false
  let recent: ClientEvent[] = []
  let hasBegun = false
  let waiting = 0
  let tail: Promise<unknown> = Promise.resolve()

  const feed: EventFeed = createEventFeed((thrown, type) => {
    if (type === 'error') report.write(thrown)
    else report.tell(thrown)
  })
  const report = createErrorReport(feed)
  const queue = (event: ClientEvent): Promise<boolean> => {
    waiting += 1
    const done = tail.then(() => feed.publish(event))
    tail = done.then(() => {
      waiting -= 1
      if (waiting < most / 2) tellAllLeft()
    })
    return done
  }
  const tellLeft = (conversationId: string, before: number) => {
    const after = left.get(conversationId)
    left.delete(conversationId)
    if (after !== undefined) void queue({ type: 'gap', conversationId, after, before })
  }
  const tellAllLeft = () => {
    for (const id of left.keys()) tellLeft(id, (last.get(id) ?? -1) + 1)
  }
  /** A tab skips a snapshot whose first page it has not seen: it was meant for the tabs that existed then. */
  let inSnapshot = false
  const isPartOfOther = (event: ClientEvent): boolean => {
    if (event.type !== 'snapshot') return false
    if (event.first) inSnapshot = true
    const skipped = !inSnapshot
    if (event.last) inSnapshot = false
    return skipped
  }
  const note = (event: ClientEvent): 'new' | 'repeated' => {
    if (event.type === 'snapshot' && event.first) {
      last.clear()
      recent = []
      knowsAll = false
    }
    const place = placeOf(event)
    if (place === undefined) return 'new'
    const [stream, revision] = place
    if (revision <= (last.get(stream) ?? -1)) return 'repeated'
    if (waiting >= most && !left.has(stream)) left.set(stream, revision - 1)
    last.set(stream, revision)
    recent.push(event)
    if (recent.length >= 2 * kept) recent = recent.slice(-kept)
    return 'new'
  }
  return {
    on: feed.on,
    events: feed.events,
    end: feed.end,
    positions: () => last,
    recent: (positions) =>
      recent.filter((event) => {
        const [stream, revision] = placeOf(event) ?? ['', -1]
        return revision > (positions.get(stream) ?? -1)
      }),
    begin: () => {
      hasBegun = true
    },
    signal: (signal: Signal) => {
      if (signal.type === 'error') report.tell(signal.error)
      else feed.signal(signal)
    },
    take: (event) => {
      if (note(event) === 'repeated' || !hasBegun || isPartOfOther(event)) return Promise.resolve(true)
      const place = placeOf(event)
      if (waiting >= most && (place !== undefined || event.type === 'receipt')) return Promise.resolve(true)
      if (place !== undefined) tellLeft(...place)
      return queue(event)
    },
    reached: (positions) => {
      for (const [conversationId, revision] of positions) {
        const after = last.get(conversationId)
        last.set(conversationId, Math.max(revision, after ?? -1))
        const isMissing = hasBegun && knowsAll && (after ?? -1) < revision
        if (isMissing) void queue({ type: 'gap', conversationId, after: after ?? -1, before: revision + 1 })
      }
      knowsAll = true
    },
  }
}
