import { ProtocolError } from '@backscroll/protocol/errors'
import { type Presence, presenceOf, unseen } from './presence.ts'
import { nothing, type Sight } from './visibility.ts'

/** Who watches: one session of a user. */
export interface Watcher {
  readonly userId: string
  /** False: it takes nothing now, and is asked again. */
  send(changes: readonly Presence[]): boolean
}

export interface Watch {
  sight: Sight
  told: Presence
}

export interface Watching {
  readonly watches: Map<string, Watch>
  /** Whose presence it may have to be told. */
  readonly dirty: Set<string>
  /** Nothing is sent before. */
  sendAt: number
  /** When what it may see is looked at again. */
  checkAt: number
}

/** Who watches whom at this process. */
export interface WatchBook {
  of(watcher: Watcher): Watching | undefined
  all(): Iterable<readonly [Watcher, Watching]>
  /** Those who watch this user. */
  watchersOf(userId: string): Iterable<Watcher>
  isWatched(userId: string): boolean
  watched(): readonly string[]
  /** Whether the user watches anybody. */
  isWatching(userId: string): boolean
  /** Answers those whom it did not watch before. Throws `watch_limit`, and nobody more is watched. */
  enter(watcher: Watcher, userIds: readonly string[], checkAt: number): readonly string[]
  forget(watcher: Watcher, userIds: readonly string[]): void
  drop(watcher: Watcher): void
  /** Pairs of a watcher and a user. */
  size(): number
}

export interface WatchBookDeps {
  /** How many one session watches, and how many all sessions that a user has here. */
  readonly maxOfWatcher: number
  readonly maxOfUser: number
  /** Nobody watches the user any more. */
  readonly onUnwatched: (userId: string) => void
}

export const createWatchBook = ({ maxOfWatcher, maxOfUser, onUnwatched }: WatchBookDeps): WatchBook => {
  const watchers = new Map<Watcher, Watching>()
  const byTarget = new Map<string, Set<Watcher>>()
  /** How many each user watches. */
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
