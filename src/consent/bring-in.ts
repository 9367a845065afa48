import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'
import { about, forEach } from './for-each-person.ts'
import type { WhoIsAsked } from './who-is-asked.ts'

/** The users whom somebody adds to a conversation, new or existing. */
export interface Bringing {
  readonly by: string
  readonly kind: 'direct' | 'group'
  readonly begins: boolean
  /** Without the user who adds them. */
  readonly people: readonly string[]
  /** Names the command: one that comes again, because it was refused for another reason, counts once. */
  readonly command: string
}

/**
 * May these users be added? Answers which of them are asked first. Rejects with `unknown_user`, `membership_limit`,
 * `request_limit` or `rate_limited`. It counts what it permits, so it comes after all other checks that can refuse.
 * The limits of a single user are counted last, and not for a request to a user who blocks the asker.
 */
export type BringIn = (bringing: Bringing) => Promise<readonly string[]>

export interface BringInSettings {
  /** How many conversations one user may begin. */
  readonly conversationsPerHour: number
  /** How many users one user may add. */
  readonly additionsPerHour: number
  /** How many conversations one user may be added to, by anybody. */
  readonly addedPerHour: number
  /** How many conversations one user may be in. */
  readonly maxMemberships: number
}

export interface BringInDeps {
  /** The users among them who have an account. */
  readonly existing: (userIds: readonly string[]) => Promise<readonly string[]>
  /** How many conversations a user is in, counted no further than `cap`. */
  readonly memberships: (userId: string, cap: number) => Promise<number>
  readonly whoIsAsked: WhoIsAsked
  /** Limits that hold for all processes. */
  readonly limits: Limits
  readonly settings: BringInSettings
}

/** No more of them are named: an answer has no room for a thousand ids. */
const mostNamed = 16
/** Permitted commands, for as long as they may come again. */
const remembered = { max: 10_000, ttl: 60_000 }
/** The same command with other users is another one. */
const keyOf = ({ by, command, people }: Bringing): string =>
  createHash('sha256')
    .update([by, command, ...people].join('\n'))
    .digest('base64url')

const named = (users: readonly string[]): ProtocolError =>
  new ProtocolError('unknown_user', undefined, {
    details: { users: users.slice(0, mostNamed).join(','), count: users.length },
  })

export const createBringIn = ({ existing, memberships, whoIsAsked, limits, settings }: BringInDeps): BringIn => {
  const requireExistence = async (people: readonly string[]): Promise<void> => {
    const found = new Set(await existing(people))
    const unknown = people.filter((userId) => !found.has(userId))
    if (unknown.length > 0) throw named(unknown)
  }

  const requireRoom = async (userId: string): Promise<void> => {
    if ((await memberships(userId, settings.maxMemberships)) < settings.maxMemberships) return
    throw new ProtocolError('membership_limit', undefined, { details: { userId } })
  }

  /**
   * A conversation that a user begins with many others counts as the user's own, so users who begin none are not
   * held up.
   */
  const countFor = ({ by, begins, people }: Bringing): Promise<void> =>
    limits.take(
      ...(begins ? [perHour(`conversations by ${by}`, settings.conversationsPerHour)] : []),
      ...(people.length > 0
        ? [{ ...perHour(`additions by ${by}`, settings.additionsPerHour), count: people.length }]
        : []),
    )

  const countOf = (userId: string): Promise<void> =>
    limits.take(perHour(`added ${userId}`, settings.addedPerHour)).catch((error) => {
      throw about(userId, error)
    })

  const decide = async (bringing: Bringing): Promise<readonly string[]> => {
    const { by, kind, begins, people } = bringing
    await requireExistence(people)
    await forEach(begins ? [by, ...people] : people, requireRoom)
    await countFor(bringing)
    const { asked, unheard } = await whoIsAsked(by, kind, people)
    const silent = new Set(unheard)
    await forEach(
      people.filter((userId) => !silent.has(userId)),
      countOf,
    )
    return asked
  }

  const decided = new LRUCache<string, readonly string[]>(remembered)
  return async (bringing) => {
    const key = keyOf(bringing)
    const before = decided.get(key)
    if (before !== undefined) return before
    const asked = await decide(bringing)
    decided.set(key, asked)
    return asked
  }
}
