import type { Every } from './every.ts'
import { type Fact, isSamePresence, type Presence, presenceOf, unseen } from './presence.ts'
import type { PresenceFacts } from './presence-facts.ts'
import { createSightChecks } from './sight-checks.ts'
import type { Sight, Visibility } from './visibility.ts'
import { createWatchBook, type Watcher, type Watching } from './watch-book.ts'

/** Whom the sessions of this process watch, and what they are told. */
export interface Watchers {
  /**
   * Answers what is so now; what changes is sent from then on. Watching somebody again answers again. Rejects with
   * `watch_limit`: nobody more is watched.
   */
  watch(watcher: Watcher, userIds: readonly string[]): Promise<readonly Presence[]>
  unwatch(watcher: Watcher, userIds: readonly string[]): void
  /** It is gone. */
  drop(watcher: Watcher): void
  /** These users may have come or gone. */
  changed(userIds: readonly string[]): void
  /** Who may see this user, or whom this user may see, may have changed. */
  rulesChanged(userId: string): void
  /** The user has said or done something that the audience was told: some may see the user now. */
  met(userId: string, audience: readonly string[]): void
  /** Pairs of a watcher and a user. */
  size(): number
  close(): void
}

export interface WatchersDeps {
  readonly visibility: Visibility
  readonly facts: PresenceFacts
  readonly maxOfWatcher: number
  readonly maxOfUser: number
  readonly onSent: (changes: number) => void
  readonly onError: (error: unknown) => void
  readonly every: Every
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** In [0, 1): spreads what is sent. */
  readonly random: () => number
}

const tickMs = 250
/** A watcher is told at most once in this time; somewhere in the time after it, so that not all are told at once. */
const sendEveryMs = 1_000
const spreadMs = 500
/** Changes in one frame. */
const mostInFrame = 100
/** Everybody who is watched is looked up in this time, which heals whatever was missed. */
const lookEveryMs = 5_000
/** What a watcher may see is looked at again after this time, and soon after a change of settings or blocks. */
const checkEveryMs = 600_000

export const createWatchers = (deps: WatchersDeps): Watchers => {
  const { visibility, facts, onSent, onError, now, random } = deps
  const known = new Map<string, Fact>()
  const book = createWatchBook({ ...deps, onUnwatched: (userId) => void known.delete(userId) })
  const hinted = new Set<string>()
  const toSend = new Set<Watcher>()
  /** Everybody who is watched, in the order in which they are looked up, and when that began. */
  let round: readonly string[] = []
  let roundAt = now()
  let looked = 0
  let working = false

  const soil = (watcher: Watcher, userId: string): void => {
    const watching = book.of(watcher)
    if (!watching?.watches.has(userId)) return
    watching.dirty.add(userId)
    if (toSend.has(watcher)) return
    toSend.add(watcher)
    watching.sendAt = Math.max(watching.sendAt, now()) + spreadMs * random()
  }

  const see = (watcher: Watcher, sights: ReadonlyMap<string, Sight>): void => {
    for (const [userId, sight] of sights) {
      const watch = book.of(watcher)?.watches.get(userId)
      if (watch === undefined) continue
      const { online, lastSeen } = watch.sight
      watch.sight = sight
      if (online !== sight.online || lastSeen !== sight.lastSeen) soil(watcher, userId)
    }
  }

  const checks = createSightChecks({ visibility, book, onSeen: see, now })

  const learn = (userId: string, fact: Fact): void => {
    const before = known.get(userId)
    if (!book.isWatched(userId)) return
    known.set(userId, fact)
    if (before?.online === fact.online && before.seenAt === fact.seenAt) return
    for (const watcher of book.watchersOf(userId)) soil(watcher, userId)
  }

  const look = async (userIds: readonly string[]): Promise<void> => {
    if (userIds.length === 0) return
    for (const [userId, fact] of await facts.of(userIds, (id) => known.get(id))) learn(userId, fact)
  }

  const factOf = (userId: string): Fact => known.get(userId) ?? unseen

  const changesOf = ({ watches, dirty }: Watching): readonly Presence[] =>
    [...dirty].flatMap((userId) => {
      const watch = watches.get(userId)
      if (watch === undefined) return []
      const next = presenceOf(userId, watch.sight, factOf(userId))
      return isSamePresence(next, watch.told) ? [] : [next]
    })

  /** Only what went out counts as told. */
  const sendTo = (watcher: Watcher, watching: Watching): void => {
    const changes = changesOf(watching)
    const part = changes.slice(0, mostInFrame)
    watching.sendAt = now() + sendEveryMs
    if (part.length > 0 && !watcher.send(part)) return
    if (part.length > 0) onSent(part.length)
    for (const presence of part) {
      const watch = watching.watches.get(presence.userId)
      if (watch !== undefined) watch.told = presence
    }
    watching.dirty.clear()
    for (const { userId } of changes.slice(mostInFrame)) watching.dirty.add(userId)
    if (watching.dirty.size === 0) toSend.delete(watcher)
  }

  const sendAll = (): void => {
    for (const watcher of toSend) {
      const watching = book.of(watcher)
      if (watching === undefined) toSend.delete(watcher)
      else if (watching.sendAt <= now()) sendTo(watcher, watching)
    }
  }

  const beginRound = (): void => {
    round = book.watched()
    roundAt = now()
    looked = 0
    for (const [watcher, watching] of book.all()) {
      if (watching.checkAt > roundAt) continue
      watching.checkAt = roundAt + checkEveryMs
      checks.later(watcher)
    }
  }

  /** The next part of everybody, so that all have their turn in the time for that. */
  const nextPart = (): readonly string[] => {
    if (looked >= round.length && now() - roundAt >= lookEveryMs) beginRound()
    const upTo = Math.ceil(round.length * Math.min(1, (now() - roundAt + tickMs) / lookEveryMs))
    const part = round.slice(looked, upTo)
    looked = Math.max(looked, upTo)
    return part
  }

  const takeHinted = (): readonly string[] => {
    const taken = [...hinted]
    hinted.clear()
    return taken
  }

  /** What could not be looked at has its turn with everybody. */
  const attempt = (work: Promise<void>): Promise<void> => work.catch(onError)

  /** Does what is due. */
  const tick = async (): Promise<void> => {
    if (working) return
    working = true
    await attempt(look([...new Set([...takeHinted(), ...nextPart()])].filter(book.isWatched)))
    await attempt(checks.run())
    sendAll()
    working = false
  }

  const answer = (watcher: Watcher, userIds: readonly string[]): readonly Presence[] =>
    userIds.flatMap((userId) => {
      const watch = book.of(watcher)?.watches.get(userId)
      if (watch === undefined) return []
      watch.told = presenceOf(userId, watch.sight, factOf(userId))
      return [watch.told]
    })

  const stop = deps.every(tickMs, tick)

  return {
    watch: async (watcher, userIds) => {
      const wanted = [...new Set(userIds)]
      // Before anything is read, so that what happens meanwhile is noticed.
      const added = book.enter(watcher, wanted, now() + checkEveryMs * (0.5 + random() / 2))
      try {
        const [sights] = await Promise.all([visibility.of(watcher.userId, wanted), look(wanted)])
        see(watcher, sights)
        checks.soon(
          watcher,
          wanted.filter((userId) => sights.get(userId)?.online !== true),
        )
      } catch (error) {
        book.forget(watcher, added)
        throw error
      }
      return answer(watcher, wanted)
    },
    unwatch: book.forget,
    drop: book.drop,
    changed: (userIds) => {
      for (const userId of userIds) if (book.isWatched(userId)) hinted.add(userId)
    },
    rulesChanged: checks.rulesChanged,
    met: checks.met,
    size: book.size,
    close: stop,
  }
}
