import { LRUCache } from 'lru-cache'
import type { Audience } from '../ports/identity/account-records.ts'
import type { PresenceRecords } from '../ports/identity/presence-records.ts'

/** What one user is shown of another. */
export interface Sight {
  readonly online: boolean
  readonly lastSeen: boolean
}

export interface VisibilityDeps {
  readonly records: Pick<PresenceRecords, 'seenUsers'>
  /** Whom the user has blocked. */
  readonly blockedBy: (userId: string) => Promise<{ has(userId: string): boolean }>
  /** The users among them whom this user talks with: see `Audience`. The same whichever of two asks about the other. */
  readonly contacts: (userId: string, others: readonly string[]) => Promise<ReadonlySet<string>>
}

export interface Visibility {
  /**
   * What the viewer is shown of each. The same is read for everybody, unknown, blocked or shown, so that neither the
   * answer nor the time that it takes tells one from another.
   */
  of(viewer: string, targets: readonly string[]): Promise<ReadonlyMap<string, Sight>>
  /** What this user allows has changed. */
  forget(userId: string): void
  /** Whether these two talk may have changed. */
  forgetPair(userId: string, other: string): void
}

/** What a user wants; undefined where there is no active account. */
interface Wishes {
  readonly online: Audience
  readonly lastSeen: Audience
  readonly blocked: { has(userId: string): boolean }
}

/** Changes that nobody told of count within this time. */
const keptMs = 60_000
/** How many users are read at the same time. */
const atOnce = 16

const everything: Sight = { online: true, lastSeen: true }
export const nothing: Sight = { online: false, lastSeen: false }

const pairOf = (one: string, other: string): string => (one < other ? `${one}\n${other}` : `${other}\n${one}`)

const lets = (audience: Audience, areContacts: boolean): boolean =>
  audience === 'everyone' || (audience === 'contacts' && areContacts)

/** Both ways: who hides from somebody does not see that one either. */
const sightOf = (
  viewer: string,
  own: Wishes | undefined,
  target: string,
  theirs: Wishes | undefined,
  areContacts: boolean,
): Sight => {
  if (own === undefined || theirs === undefined) return nothing
  if (own.blocked.has(target) || theirs.blocked.has(viewer)) return nothing
  const online = lets(own.online, areContacts) && lets(theirs.online, areContacts)
  return { online, lastSeen: online && lets(own.lastSeen, areContacts) && lets(theirs.lastSeen, areContacts) }
}

/** Who sees of whom that they are online. */
export const createVisibility = ({ records, blockedBy, contacts }: VisibilityDeps): Visibility => {
  const known = new LRUCache<string, Promise<Wishes | undefined>>({ max: 20_000, ttl: keptMs })
  const pairs = new LRUCache<string, boolean>({ max: 100_000, ttl: keptMs })

  type SeenUsers = Awaited<ReturnType<PresenceRecords['seenUsers']>>

  const load = async (userId: string, accounts: Promise<SeenUsers>): Promise<Wishes | undefined> => {
    const [account, blocked] = await Promise.all([accounts, blockedBy(userId)])
    const seen = account.get(userId)
    return seen && { online: seen.online, lastSeen: seen.lastSeen, blocked }
  }

  /** One read of accounts for all of them, and one of each one's blocks. */
  const loadAll = (userIds: readonly string[]): void => {
    const accounts = records.seenUsers(userIds)
    for (const userId of userIds) {
      const loading = load(userId, accounts)
      known.set(userId, loading)
      // A read that failed must not stay.
      loading.catch(() => known.peek(userId) === loading && known.delete(userId))
    }
  }

  const wishesOf = async (userIds: readonly string[]): Promise<ReadonlyMap<string, Wishes | undefined>> => {
    const found = new Map<string, Wishes | undefined>()
    for (let at = 0; at < userIds.length; at += atOnce) {
      const some = userIds.slice(at, at + atOnce)
      const before = new Map(some.map((userId) => [userId, known.get(userId)]))
      loadAll(some.filter((userId) => before.get(userId) === undefined))
      const loading = some.map((userId) => before.get(userId) ?? known.get(userId))
      for (const [index, wishes] of (await Promise.all(loading)).entries()) found.set(some[index] ?? '', wishes)
    }
    return found
  }

  const contactsAmong = async (viewer: string, targets: readonly string[]): Promise<ReadonlySet<string>> => {
    const isKnown = new Map(targets.map((target) => [target, pairs.get(pairOf(viewer, target))]))
    const missing = targets.filter((target) => isKnown.get(target) === undefined)
    const found = missing.length === 0 ? new Set<string>() : await contacts(viewer, missing)
    for (const target of missing) pairs.set(pairOf(viewer, target), found.has(target))
    return new Set(targets.filter((target) => isKnown.get(target) ?? found.has(target)))
  }

  return {
    of: async (viewer, targets) => {
      const others = [...new Set(targets)].filter((target) => target !== viewer)
      const wishes = await wishesOf([viewer, ...others])
      const friends = await contactsAmong(viewer, others)
      const sight = (target: string): Sight =>
        target === viewer
          ? everything
          : sightOf(viewer, wishes.get(viewer), target, wishes.get(target), friends.has(target))
      return new Map([...new Set(targets)].map((target) => [target, sight(target)]))
    },
    forget: (userId) => void known.delete(userId),
    forgetPair: (userId, other) => void pairs.delete(pairOf(userId, other)),
  }
}
