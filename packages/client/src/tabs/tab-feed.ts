import type { ClientEvent, Signal } from '../events/client-events.ts'
import { createErrorReport } from '../events/error-report.ts'
import { createEventFeed, type EventFeed } from '../events/event-feed.ts'

export interface TabFeed extends Pick<EventFeed, 'on' | 'events' | 'signal' | 'end'> {
  /** The application has asked to begin: what comes before that is not for this tab. */
  begin(): void
  /** In order, each once, whichever tab it came from. Resolves when the application is done with it; false when the tab was closed before. */
  take(event: ClientEvent): Promise<boolean>
  /** What some tab was told of each conversation: what this tab has not had is told as a `gap`. */
  reached(positions: ReadonlyMap<string, number>): void
  /** Up to which revision of each conversation this tab has had what was told. */
  positions(): ReadonlyMap<string, number>
  /** What a tab that has had so much, and was asleep since, has missed: as far as this one still knows it. */
  recent(positions: ReadonlyMap<string, number>): readonly ClientEvent[]
}

/** So many of the newest events are kept for tabs that wake up. */
const kept = 500
/** As many events wait for a slow application as in a client of its own. */
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

/** What one tab's application is told. */
export const createTabFeed = (): TabFeed => {
  const last = new Map<string, number>()
  /** What was left out because too much waits: after which revision, by conversation. */
  const left = new Map<string, number>()
  /** Some leader has told this tab where everything is. */
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
  /** The beginning of a snapshot that this tab has not seen is told to the tabs that were there. */
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
