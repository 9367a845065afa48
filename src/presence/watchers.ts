import type { Every } from './every.ts'
import { type Fact, isSamePresence, type Presence, presenceOf, unseen } from './presence.ts'
import type { PresenceFacts } from './presence-facts.ts'
import { createSightChecks } from './sight-checks.ts'
import type { Sight, Visibility } from './visibility.ts'
import { createWatchBook, type Watcher, type Watching } from './watch-book.ts'

/** Which users the sessions of this process watch, and what the sessions are sent. */
export interface Watchers {
  /**
   * Returns the current presence of these users. Later changes are sent. Watching a user again returns the
   * presence again. Rejects with `watch_limit`, and then watches no more users than before.
   */
  watch(watcher: Watcher, userIds: readonly string[]): Promise<readonly Presence[]>
  unwatch(watcher: Watcher, userIds: readonly string[]): void
  /** The session has ended. */
  drop(watcher: Watcher): void
  /** These users may have come online or gone offline. */
  changed(userIds: readonly string[]): void
  /** What this user may applySights, or who may applySights this user, may have changed. */
  rulesChanged(userId: string): void
  /** The user has said or done something that the audience was told of. Some of them may applySights the user now. */
  interacted(userId: string, audience: readonly string[]): void
  /** The number of pairs of a watcher and a watched user. */
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
  /** In [0, 1). Spreads the sending over time. */
  readonly random: () => number
}

const tickMs = 250
/**
 * A watcher is sent at most one frame in this time. A random delay is added so that not all frames are sent at
 * once.
 */
const sendEveryMs = 1_000
const spreadMs = 500
/** Changes in one frame. */
const changesPerFrame = 100
/** Every watched user is read again in this time, which corrects any missed change. */
const roundMs = 5_000
/** What a watcher may applySights is checked again after this time, and soon after a change of settings or blocks. */
const recheckEveryMs = 600_000

export const createWatchers = (deps: WatchersDeps): Watchers => {
  const { visibility, facts, onSent, onError, now, random } = deps
  const known = new Map<string, Fact>()
  const book = createWatchBook({ ...deps, onUnwatched: (userId) => void known.delete(userId) })
  const hinted = new Set<string>()
  const toSend = new Set<Watcher>()
  /** All watched users in the order in which they are read again, and when this round began. */
  let round: readonly string[] = []
  let roundAt = now()
  let doneInRound = 0
  let working = false

  const markDirty = (watcher: Watcher, userId: string): void => {
    const watching = book.of(watcher)
    if (!watching?.watches.has(userId)) return
    watching.dirty.add(userId)
    if (toSend.has(watcher)) return
    toSend.add(watcher)
    watching.sendAt = Math.max(watching.sendAt, now()) + spreadMs * random()
  }

  const applySights = (watcher: Watcher, sights: ReadonlyMap<string, Sight>): void => {
    for (const [userId, sight] of sights) {
      const watch = book.of(watcher)?.watches.get(userId)
      if (watch === undefined) continue
      const { online, lastSeen } = watch.sight
      watch.sight = sight
      if (online !== sight.online || lastSeen !== sight.lastSeen) markDirty(watcher, userId)
    }
  }

  const checks = createSightChecks({ visibility, book, onSeen: applySights, now })

  const learn = (userId: string, fact: Fact): void => {
    const before = known.get(userId)
    if (!book.isWatched(userId)) return
    known.set(userId, fact)
    if (before?.online === fact.online && before.seenAt === fact.seenAt) return
    for (const watcher of book.watchersOf(userId)) markDirty(watcher, userId)
  }

  const refresh = async (userIds: readonly string[]): Promise<void> => {
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

  /** Only changes that were sent count as told. */
  const sendTo = (watcher: Watcher, watching: Watching): void => {
    const changes = changesOf(watching)
    const part = changes.slice(0, changesPerFrame)
    watching.sendAt = now() + sendEveryMs
    if (part.length > 0 && !watcher.send(part)) return
    if (part.length > 0) onSent(part.length)
    for (const presence of part) {
      const watch = watching.watches.get(presence.userId)
      if (watch !== undefined) watch.told = presence
    }
    watching.dirty.clear()
    for (const { userId } of changes.slice(changesPerFrame)) watching.dirty.add(userId)
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
    doneInRound = 0
    for (const [watcher, watching] of book.all()) {
      if (watching.checkAt > roundAt) continue
      watching.checkAt = roundAt + recheckEveryMs
      checks.recheck(watcher)
    }
  }

  /** The next part of the round, sized so that the whole round fits its time. */
  const nextPart = (): readonly string[] => {
    if (doneInRound >= round.length && now() - roundAt >= roundMs) beginRound()
    const upTo = Math.ceil(round.length * Math.min(1, (now() - roundAt + tickMs) / roundMs))
    const part = round.slice(doneInRound, upTo)
    doneInRound = Math.max(doneInRound, upTo)
    return part
  }

  const takeHinted = (): readonly string[] => {
    const taken = [...hinted]
    hinted.clear()
    return taken
  }

  /** Reports a failure. Users who could not be read are read again in the next round. */
  const attempt = (work: Promise<void>): Promise<void> => work.catch(onError)

  /** Reads, checks and sends what is due. */
  const tick = async (): Promise<void> => {
    if (working) return
    working = true
    await attempt(refresh([...new Set([...takeHinted(), ...nextPart()])].filter(book.isWatched)))
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
      // Entered before the reads, so that changes during the reads are noticed.
      const added = book.enter(watcher, wanted, now() + recheckEveryMs * (0.5 + random() / 2))
      try {
        const [sights] = await Promise.all([visibility.of(watcher.userId, wanted), refresh(wanted)])
        applySights(watcher, sights)
        checks.recheckSoon(
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
    interacted: checks.interacted,
    size: book.size,
    close: stop,
  }
}
