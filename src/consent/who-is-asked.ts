import { ProtocolError } from '@backscroll/protocol/errors'
import type { Consent } from '../commands/create-user-commands.ts'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'
import { type ConsentSettings, settingsOf } from './consent-settings.ts'
import { about, forEach } from './for-each-person.ts'

export interface RequestSettings extends ConsentSettings {
  /** How many requests may wait for one user, and how many of those one other user may have made. */
  readonly maxRequests: number
  readonly maxRequestsOfOne: number
  /** How many requests may be made to one user. */
  readonly requestsPerHour: number
}

export interface WhoIsAskedDeps {
  readonly consent: (userId: string) => Promise<Consent>
  /**
   * The users among them who know this user now: from a group, or because they have answered in the direct
   * conversation.
   */
  readonly known: (userId: string, others: readonly string[]) => Promise<ReadonlySet<string>>
  /** The users among them by whose invite this user has come. */
  readonly invitedBy: (userId: string, others: readonly string[]) => Promise<ReadonlySet<string>>
  /** Resolves when `known` includes everything that is durable now, or after a limited time. */
  readonly caughtUp: () => Promise<void>
  /** Limits that hold for all processes. */
  readonly limits: Limits
  readonly settings: RequestSettings
}

/** Which of the users whom somebody adds are asked first. */
export interface Asked {
  readonly asked: readonly string[]
  /** The asked users who have blocked the asker: nobody tells them, and nothing counts against them. */
  readonly unheard: readonly string[]
}

/** Milliseconds until another try may be worthwhile: a person has to answer first. */
const answeredIn = 3_600_000

/**
 * Milliseconds after which one more request to a user who blocks the asker is accepted. An ignored request waits as
 * long as nobody answers it.
 */
const forgottenIn = 30 * 24 * 3_600_000

const refused = (userId: string): ProtocolError =>
  new ProtocolError('request_limit', undefined, { details: { userId }, retryAfterMs: answeredIn })

/**
 * Which of the users whom `by` adds are asked first. Users who have blocked `by` are among them: nobody tells them
 * of the request, and `by` sees no difference from a request that is not answered. Rejects with `request_limit`
 * where no more requests fit, and with `rate_limited`.
 */
export const createWhoIsAsked = ({ consent, known, invitedBy, caughtUp, limits, settings }: WhoIsAskedDeps) => {
  /**
   * Requests to a user who blocks the sender are not stored. They are accepted up to the same limit as others, at
   * the cost of these two users alone.
   */
  const requireUnheardRoom = (by: string, userId: string): Promise<void> => {
    const bucket = {
      key: `unheard requests of ${by} to ${userId}`,
      burst: settings.maxRequestsOfOne,
      everyMs: forgottenIn,
    }
    return limits.take(bucket).catch((error) => {
      throw error instanceof ProtocolError && error.code === 'rate_limited' ? refused(userId) : error
    })
  }

  const requireRoom = async (by: string, userId: string, { requests, blocked }: Consent): Promise<void> => {
    const ofOne = [...requests.values()].filter((request) => request.by === by).length
    if (requests.size >= settings.maxRequests || ofOne >= settings.maxRequestsOfOne) throw refused(userId)
    if (blocked.has(by)) return requireUnheardRoom(by, userId)
    await limits.take(perHour(`requests to ${userId}`, settings.requestsPerHour)).catch((error) => {
      throw about(userId, error)
    })
  }

  /** A user who was written to a moment ago is no stranger to the writer, even if the views are late. */
  const friendsAmong = async (by: string, people: readonly string[]): Promise<ReadonlySet<string>> => {
    const friends = people.length === 0 ? new Set<string>() : await known(by, people)
    if (friends.size === people.length) return friends
    await caughtUp()
    return known(by, people)
  }

  return async (by: string, kind: 'direct' | 'group', people: readonly string[]): Promise<Asked> => {
    const wants = new Map<string, Consent>()
    await forEach(people, async (userId) => wants.set(userId, await consent(userId)))
    const opennessOf = (one: Consent) => settingsOf(one, settings)[kind === 'direct' ? 'direct' : 'groups']
    const strict = [...wants].flatMap(([userId, one]) => (opennessOf(one) === 'known' ? [userId] : []))
    const closed = [...wants].flatMap(([userId, one]) => (opennessOf(one) === 'everyone' ? [] : [userId]))
    const hosts = kind === 'direct' && closed.length > 0 ? await invitedBy(by, closed) : new Set<string>()
    const friends = await friendsAmong(by, strict)
    const isAsked = (userId: string, one: Consent): boolean => {
      const openness = opennessOf(one)
      if (hosts.has(userId) && !one.blocked.has(by)) return false
      return one.blocked.has(by) || openness === 'nobody' || (openness === 'known' && !friends.has(userId))
    }
    const asked = [...wants].filter(([userId, one]) => isAsked(userId, one))
    await forEach(asked, ([userId, one]) => requireRoom(by, userId, one))
    const unheard = asked.filter(([, { blocked }]) => blocked.has(by))
    return { asked: asked.map(([userId]) => userId), unheard: unheard.map(([userId]) => userId) }
  }
}

export type WhoIsAsked = ReturnType<typeof createWhoIsAsked>
