import type { Sight, Visibility } from './visibility.ts'
import type { WatchBook, Watcher } from './watch-book.ts'

/** Looks again at what watchers may see, in a bounded time of each turn. */
export interface SightChecks {
  /** Of this watcher all, or one user. */
  later(watcher: Watcher, userId?: string): void
  /**
   * Of those whom it does not see: they may have begun to talk just now, and the views may not know it yet. Looks again
   * in a moment.
   */
  soon(watcher: Watcher, userIds: readonly string[]): void
  /** The user has said or done something that the audience was told. */
  met(userId: string, audience: readonly string[]): void
  /** Who may see this user, or whom this user may see, may have changed. */
  rulesChanged(userId: string): void
  /** What fails is tried again. */
  run(): Promise<void>
}

export interface SightChecksDeps {
  readonly visibility: Visibility
  readonly book: WatchBook
  readonly onSeen: (watcher: Watcher, sights: ReadonlyMap<string, Sight>) => void
  readonly now: () => number
}

/** However often users change their settings, this is all that others spend on it in a turn. */
const turnMs = 100
const mostOfTurn = 500
/** A user's changes are followed at most once in this time. */
const followMs = 1_000
/** How long the views may need until they know who talks with whom. */
const viewsMs = 3_000
/** However much a user says, those who do not see the user are looked at again at most once in this time. */
const metMs = 10_000

export const createSightChecks = ({ visibility, book, onSeen, now }: SightChecksDeps): SightChecks => {
  const wanted = new Map<Watcher, Set<string> | 'all'>()
  const blind = new Map<Watcher, { readonly at: number; readonly userIds: Set<string> }>()
  /** When users were met last. */
  const metAt = new Map<string, number>()
  /** Users whose rules have changed, and when that is followed. */
  const changed = new Map<string, number>()

  const later = (watcher: Watcher, userId?: string): void => {
    const before = wanted.get(watcher)
    if (userId === undefined) wanted.set(watcher, 'all')
    else if (before !== 'all') wanted.set(watcher, (before ?? new Set()).add(userId))
  }

  const soon = (watcher: Watcher, userIds: readonly string[]): void => {
    if (userIds.length === 0) return
    const waiting = blind.get(watcher) ?? { at: now() + viewsMs, userIds: new Set() }
    for (const userId of userIds) waiting.userIds.add(userId)
    blind.set(watcher, waiting)
  }

  const isBlind = (watcher: Watcher, userId: string): boolean =>
    book.of(watcher)?.watches.get(userId)?.sight.online === false

  const met = (userId: string, audience: readonly string[]): void => {
    if (!book.isWatched(userId) || (metAt.get(userId) ?? Number.NEGATIVE_INFINITY) > now() - metMs) return
    const told = new Set(audience)
    const watchers = [...book.watchersOf(userId)].filter((one) => told.has(one.userId) && isBlind(one, userId))
    if (watchers.length === 0) return
    metAt.set(userId, now())
    for (const watcher of watchers) soon(watcher, [userId])
  }

  const lookAtBlind = (): void => {
    for (const [userId, at] of metAt) if (at <= now() - metMs) metAt.delete(userId)
    for (const [watcher, { at, userIds }] of blind) {
      if (at > now()) continue
      blind.delete(watcher)
      for (const userId of userIds) {
        visibility.forgetPair(watcher.userId, userId)
        later(watcher, userId)
      }
    }
  }

  const follow = (userId: string): void => {
    visibility.forget(userId)
    for (const watcher of book.watchersOf(userId)) later(watcher, userId)
    if (!book.isWatching(userId)) return
    for (const [watcher] of book.all()) if (watcher.userId === userId) later(watcher)
  }

  const check = async (watcher: Watcher, users: Set<string> | 'all'): Promise<void> => {
    wanted.delete(watcher)
    const watching = book.of(watcher)
    if (watching === undefined) return
    try {
      const userIds = users === 'all' ? [...watching.watches.keys()] : [...users]
      onSeen(watcher, await visibility.of(watcher.userId, userIds))
    } catch (error) {
      if (users === 'all') later(watcher)
      else for (const userId of users) later(watcher, userId)
      throw error
    }
  }

  return {
    ...{ later, soon, met },
    rulesChanged: (userId) => {
      visibility.forget(userId)
      if (changed.has(userId) || !(book.isWatched(userId) || book.isWatching(userId))) return
      changed.set(userId, now() + followMs)
    },
    run: async () => {
      const until = now() + turnMs
      lookAtBlind()
      for (const [userId, at] of changed) {
        if (at > now()) continue
        changed.delete(userId)
        follow(userId)
      }
      for (const [watcher, users] of [...wanted].slice(0, mostOfTurn)) {
        if (now() > until) return
        await check(watcher, users)
      }
    },
  }
}
