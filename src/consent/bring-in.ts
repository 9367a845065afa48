import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'
import { about, forEach } from './for-each-person.ts'
import type { WhoIsAsked } from './who-is-asked.ts'

/** People whom somebody brings into a conversation that begins, or into one that is there. */
export interface Bringing {
  readonly by: string
  readonly kind: 'direct' | 'group'
  readonly begins: boolean
  /** Without who brings them. */
  readonly people: readonly string[]
  /** Names the command: one that comes again, because it was refused for another reason, is counted once. */
  readonly command: string
}

/**
 * May these people be brought in? Answers who of them is asked first. Rejects with `unknown_user`, `membership_limit`,
 * `request_limit` or `rate_limited`. Counts what it lets pass, so it comes last of all that can refuse. What a person's
 * own limits hold is counted after all that can refuse for another reason, and not for a blocked one's request.
 */
export type BringIn = (bringing: Bringing) => Promise<readonly string[]>

export interface BringInSettings {
  /** Conversations that one user may begin. */
  readonly conversationsPerHour: number
  /** People whom one user may bring in. */
  readonly additionsPerHour: number
  /** Conversations into which one user may be brought, by whomever. */
  readonly addedPerHour: number
  /** Conversations that one user may be in. */
  readonly maxMemberships: number
}

export interface BringInDeps {
  /** Those of them who have an account. */
  readonly existing: (userIds: readonly string[]) => Promise<readonly string[]>
  /** Conversations that a user is in, counted no further than `cap`. */
  readonly memberships: (userId: string, cap: number) => Promise<number>
  readonly whoIsAsked: WhoIsAsked
  /** Hold for all processes. */
  readonly limits: Limits
  readonly settings: BringInSettings
}

/** More of them are not named: an answer is no place for a thousand ids. */
const mostNamed = 16
/** Commands that were let pass, for as long as they may come again. */
const remembered = { max: 10_000, ttl: 60_000 }
/** The same command with other people is another one. */
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

  /** A conversation that one begins with many is one of one's own: those who begin none are held up by nobody. */
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
