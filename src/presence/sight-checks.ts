import type { Sight, Visibility } from './visibility.ts'
import type { WatchBook, Watcher } from './watch-book.ts'

/** Checks again what watchers may see. Each turn has a time limit. */
export interface SightChecks {
  /** Schedules a check of one user, or of all users that the watcher watches. */
  recheck(watcher: Watcher, userId?: string): void
  /**
   * Checks again, a moment later, the users whom the watcher does not see. They may just have begun to talk, and
   * the views may not show it yet.
   */
  recheckSoon(watcher: Watcher, userIds: readonly string[]): void
  /** The user has said or done something that the audience was told of. */
  interacted(userId: string, audience: readonly string[]): void
  /** What this user may see, or who may see this user, may have changed. */
  rulesChanged(userId: string): void
  /** Runs the checks that are due. A failed check is tried again. */
  run(): Promise<void>
}

export interface SightChecksDeps {
  readonly visibility: Visibility
  readonly book: WatchBook
  readonly onSeen: (watcher: Watcher, sights: ReadonlyMap<string, Sight>) => void
  readonly now: () => number
}

/** The time for checks in one turn, however often users change their settings. */
const turnBudgetMs = 100
const checksPerTurn = 500
/** Changes of one user's settings are followed at most once in this time. */
const settingsDelayMs = 1_000
/** How long the views may take to show who talks with whom. */
const viewsDelayMs = 3_000
/** Watchers who do not see a user are checked again at most once in this time, however much the user says. */
const interactionIntervalMs = 10_000

export const createSightChecks = ({ visibility, book, onSeen, now }: SightChecksDeps): SightChecks => {
  const wanted = new Map<Watcher, Set<string> | 'all'>()
  const rechecks = new Map<Watcher, { readonly at: number; readonly userIds: Set<string> }>()
  /** When each user last did something that its watchers were told of. */
  const interactedAt = new Map<string, number>()
  /** Users whose settings have changed, with the time at which the change is followed. */
  const changed = new Map<string, number>()

  const recheck = (watcher: Watcher, userId?: string): void => {
    const before = wanted.get(watcher)
    if (userId === undefined) wanted.set(watcher, 'all')
    else if (before !== 'all') wanted.set(watcher, (before ?? new Set()).add(userId))
  }

  const recheckSoon = (watcher: Watcher, userIds: readonly string[]): void => {
    if (userIds.length === 0) return
    const waiting = rechecks.get(watcher) ?? { at: now() + viewsDelayMs, userIds: new Set() }
    for (const userId of userIds) waiting.userIds.add(userId)
    rechecks.set(watcher, waiting)
  }

  const doesNotSee = (watcher: Watcher, userId: string): boolean =>
    book.of(watcher)?.watches.get(userId)?.sight.online === false

  const interacted = (userId: string, audience: readonly string[]): void => {
    if (
      !book.isWatched(userId) ||
      (interactedAt.get(userId) ?? Number.NEGATIVE_INFINITY) > now() - interactionIntervalMs
    )
      return
    const told = new Set(audience)
    const watchers = [...book.watchersOf(userId)].filter((one) => told.has(one.userId) && doesNotSee(one, userId))
    if (watchers.length === 0) return
    interactedAt.set(userId, now())
    for (const watcher of watchers) recheckSoon(watcher, [userId])
  }

  const runRechecks = (): void => {
    for (const [userId, at] of interactedAt) if (at <= now() - interactionIntervalMs) interactedAt.delete(userId)
    for (const [watcher, { at, userIds }] of rechecks) {
      if (at > now()) continue
      rechecks.delete(watcher)
      for (const userId of userIds) {
        visibility.forgetPair(watcher.userId, userId)
        recheck(watcher, userId)
      }
    }
  }

  const follow = (userId: string): void => {
    visibility.forget(userId)
    for (const watcher of book.watchersOf(userId)) recheck(watcher, userId)
    if (!book.isWatching(userId)) return
    for (const [watcher] of book.all()) if (watcher.userId === userId) recheck(watcher)
  }

  const check = async (watcher: Watcher, users: Set<string> | 'all'): Promise<void> => {
    wanted.delete(watcher)
    const watching = book.of(watcher)
    if (watching === undefined) return
    try {
      const userIds = users === 'all' ? [...watching.watches.keys()] : [...users]
      onSeen(watcher, await visibility.of(watcher.userId, userIds))
    } catch (error) {
      if (users === 'all') recheck(watcher)
      else for (const userId of users) recheck(watcher, userId)
      throw error
    }
  }

  return {
    ...{ recheck, recheckSoon, interacted },
    rulesChanged: (userId) => {
      visibility.forget(userId)
      if (changed.has(userId) || !(book.isWatched(userId) || book.isWatching(userId))) return
      changed.set(userId, now() + settingsDelayMs)
    },
    run: async () => {
      const until = now() + turnBudgetMs
      runRechecks()
      for (const [userId, at] of changed) {
        if (at > now()) continue
        changed.delete(userId)
        follow(userId)
      }
      for (const [watcher, users] of [...wanted].slice(0, checksPerTurn)) {
        if (now() > until) return
        await check(watcher, users)
      }
    },
  }
}
