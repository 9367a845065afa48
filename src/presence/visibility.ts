import { LRUCache } from 'lru-cache'
import type { Audience } from '../ports/identity/account-records.ts'
import type { PresenceRecords } from '../ports/identity/presence-records.ts'

/** What one user may see of another. */
export interface Sight {
  readonly online: boolean
  readonly lastSeen: boolean
}

export interface VisibilityDeps {
  readonly records: Pick<PresenceRecords, 'seenUsers'>
  /** The users whom this user has blocked. */
  readonly blockedBy: (userId: string) => Promise<{ has(userId: string): boolean }>
  /** Returns those of `others` who are contacts of the user: see `Audience`. The relation is symmetric. */
  readonly contacts: (userId: string, others: readonly string[]) => Promise<ReadonlySet<string>>
}

export interface Visibility {
  /**
   * What the viewer may see of each target. The same reads are made for unknown, blocking, hidden and visible
   * users, so neither the answer nor its time tells them apart.
   */
  of(viewer: string, targets: readonly string[]): Promise<ReadonlyMap<string, Sight>>
  /** The user's settings or blocks have changed. */
  forget(userId: string): void
  /** These two users may have become contacts, or stopped being contacts. */
  forgetPair(userId: string, other: string): void
}

/** A user's settings and blocks. Undefined if there is no active account. */
interface Wishes {
  readonly online: Audience
  readonly lastSeen: Audience
  readonly blocked: { has(userId: string): boolean }
}

/** A change that was not reported takes effect within this time. */
const cacheMs = 60_000
/** Users who are read at the same time. */
const concurrentReads = 16

const everything: Sight = { online: true, lastSeen: true }
export const nothing: Sight = { online: false, lastSeen: false }

const pairOf = (one: string, other: string): string => (one < other ? `${one}\n${other}` : `${other}\n${one}`)

const allows = (audience: Audience, areContacts: boolean): boolean =>
  audience === 'everyone' || (audience === 'contacts' && areContacts)

/** Symmetric: a user who hides from another does not see that other user either. */
const sightOf = (
  viewer: string,
  own: Wishes | undefined,
  target: string,
  theirs: Wishes | undefined,
  areContacts: boolean,
): Sight => {
  if (own === undefined || theirs === undefined) return nothing
  if (own.blocked.has(target) || theirs.blocked.has(viewer)) return nothing
  const online = allows(own.online, areContacts) && allows(theirs.online, areContacts)
  return { online, lastSeen: online && allows(own.lastSeen, areContacts) && allows(theirs.lastSeen, areContacts) }
}

/** Decides which users see whether another user is online. */
export const createVisibility = ({ records, blockedBy, contacts }: VisibilityDeps): Visibility => {
  const known = new LRUCache<string, Promise<Wishes | undefined>>({ max: 20_000, ttl: cacheMs })
  const pairs = new LRUCache<string, boolean>({ max: 100_000, ttl: cacheMs })

  type SeenUsers = Awaited<ReturnType<PresenceRecords['seenUsers']>>

  const load = async (userId: string, accounts: Promise<SeenUsers>): Promise<Wishes | undefined> => {
    const [account, blocked] = await Promise.all([accounts, blockedBy(userId)])
    const seen = account.get(userId)
    return seen && { online: seen.online, lastSeen: seen.lastSeen, blocked }
  }

  /** Reads all accounts at once, and the blocks of each user separately. */
  const loadAll = (userIds: readonly string[]): void => {
    const accounts = records.seenUsers(userIds)
    for (const userId of userIds) {
      const loading = load(userId, accounts)
      known.set(userId, loading)
      // A failed read must not stay in the cache.
      loading.catch(() => known.peek(userId) === loading && known.delete(userId))
    }
  }

  const wishesOf = async (userIds: readonly string[]): Promise<ReadonlyMap<string, Wishes | undefined>> => {
    const found = new Map<string, Wishes | undefined>()
    for (let at = 0; at < userIds.length; at += concurrentReads) {
      const some = userIds.slice(at, at + concurrentReads)
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
