import { ProtocolError } from '@backscroll/protocol/errors'
import { type Presence, presenceOf, unseen } from './presence.ts'
import { nothing, type Sight } from './visibility.ts'

/** One session of a user that watches others. */
export interface Watcher {
  readonly userId: string
  /** Sends the changes. False if the session cannot take them now; the same changes are offered again later. */
  send(changes: readonly Presence[]): boolean
}

export interface Watch {
  sight: Sight
  told: Presence
}

export interface Watching {
  readonly watches: Map<string, Watch>
  /** Users whose presence may have to be sent. */
  readonly dirty: Set<string>
  /** Nothing is sent before this time. */
  sendAt: number
  /** When to check again what the watcher may see. */
  checkAt: number
}

/** Which sessions of this process watch which users. */
export interface WatchBook {
  of(watcher: Watcher): Watching | undefined
  all(): Iterable<readonly [Watcher, Watching]>
  /** The sessions that watch this user. */
  watchersOf(userId: string): Iterable<Watcher>
  isWatched(userId: string): boolean
  watched(): readonly string[]
  /** Whether the user watches anybody. */
  isWatching(userId: string): boolean
  /** Adds users to what the session watches and returns those that are new. Throws `watch_limit` and then adds none. */
  enter(watcher: Watcher, userIds: readonly string[], checkAt: number): readonly string[]
  forget(watcher: Watcher, userIds: readonly string[]): void
  drop(watcher: Watcher): void
  /** The number of pairs of a watcher and a watched user. */
  size(): number
}

export interface WatchBookDeps {
  /**
   * The most users that one session may watch, and that all sessions of one user at this process may watch
   * together.
   */
  readonly maxOfWatcher: number
  readonly maxOfUser: number
  /** The last watcher of the user is gone. */
  readonly onUnwatched: (userId: string) => void
}

export const createWatchBook = ({ maxOfWatcher, maxOfUser, onUnwatched }: WatchBookDeps): WatchBook => {
  const watchers = new Map<Watcher, Watching>()
  const byTarget = new Map<string, Set<Watcher>>()
  /** How many users each user watches, over all sessions. */
  const ofUser = new Map<string, number>()
  let pairs = 0

  const count = (userId: string, change: number): void => {
    const next = (ofUser.get(userId) ?? 0) + change
    if (next > 0) ofUser.set(userId, next)
    else ofUser.delete(userId)
    pairs += change
  }

  const requireRoom = ({ userId }: Watcher, watched: number, added: number): void => {
    const room = Math.min(maxOfWatcher - watched, maxOfUser - (ofUser.get(userId) ?? 0))
    if (added > room) throw new ProtocolError('watch_limit', undefined, { details: { limit: maxOfWatcher } })
  }

  const watch = (watcher: Watcher, { watches }: Watching, userId: string): void => {
    watches.set(userId, { sight: nothing, told: presenceOf(userId, nothing, unseen) })
    byTarget.set(userId, (byTarget.get(userId) ?? new Set()).add(watcher))
  }

  const forgetOne = (watcher: Watcher, { watches, dirty }: Watching, userId: string): void => {
    if (!watches.delete(userId)) return
    dirty.delete(userId)
    count(watcher.userId, -1)
    const all = byTarget.get(userId)
    all?.delete(watcher)
    if (all?.size !== 0) return
    byTarget.delete(userId)
    onUnwatched(userId)
  }

  const forget = (watcher: Watcher, userIds: readonly string[]): void => {
    const watching = watchers.get(watcher)
    if (watching === undefined) return
    for (const userId of userIds) forgetOne(watcher, watching, userId)
    if (watching.watches.size === 0) watchers.delete(watcher)
  }

  return {
    of: (watcher) => watchers.get(watcher),
    all: () => watchers,
    watchersOf: (userId) => byTarget.get(userId) ?? [],
    isWatched: (userId) => byTarget.has(userId),
    watched: () => [...byTarget.keys()],
    isWatching: (userId) => ofUser.has(userId),
    enter: (watcher, userIds, checkAt) => {
      const known = watchers.get(watcher)
      const added = userIds.filter((userId) => known?.watches.has(userId) !== true)
      requireRoom(watcher, known?.watches.size ?? 0, added.length)
      const watching = known ?? { watches: new Map(), dirty: new Set(), sendAt: 0, checkAt }
      watchers.set(watcher, watching)
      for (const userId of added) watch(watcher, watching, userId)
      count(watcher.userId, added.length)
      return added
    },
    forget,
    drop: (watcher) => forget(watcher, [...(watchers.get(watcher)?.watches.keys() ?? [])]),
    size: () => pairs,
  }
}
