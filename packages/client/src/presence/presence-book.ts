import { limits } from '@backscroll/protocol/limits'
import type { Presence } from '@backscroll/protocol/presence'
import { presenceResult } from '@backscroll/protocol/server-frames'
import { type BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'

type Ask = (type: 'presence_subscribe' | 'presence_unsubscribe', userIds: readonly string[]) => Promise<unknown>

export interface PresenceBookDeps {
  readonly clock: Clock
  readonly isLive: () => boolean
  /** Rejects with the server's error, or with `disconnected` when the connection is lost. */
  readonly ask: Ask
  readonly onError: (error: BackscrollError) => void
}

/** The users that this device watches for all its views, and what the server has said about them. */
export interface PresenceBook {
  /** Begins to watch these users. Returns a function that ends it. */
  want(userIds: readonly string[], listener: () => void): () => void
  of(userId: string): Presence
  /** Whether the server reports this user over the current connection. */
  isCurrent(userId: string): boolean
  told(presences: readonly Presence[]): void
  /** The connection state has changed. A new connection watches nobody yet. */
  connection(isLive: boolean): void
}

/** Requests wait this long, so that a list that is replaced at once costs one request. */
const settleMs = 50
const retryMs = 5_000

const isSame = (one: Presence | undefined, other: Presence): boolean =>
  one?.online === other.online && one.lastSeenAt === other.lastSeenAt

const chunksOf = (userIds: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(userIds.length / limits.watchedPerFrame) }, (_, index) =>
    userIds.slice(index * limits.watchedPerFrame, (index + 1) * limits.watchedPerFrame),
  )

export const createPresenceBook = ({ clock, isLive, ask, onError }: PresenceBookDeps): PresenceBook => {
  /** The number of views that want each user. */
  const wanted = new Map<string, number>()
  const known = new Map<string, Presence>()
  /** The users that the server reports over this connection, and the users that it refused to report. */
  const watched = new Set<string>()
  const refused = new Set<string>()
  const listeners = new Set<{ readonly call: () => void }>()
  let connections = 0
  let cancel: (() => void) | undefined
  let isSettling = false

  const tell = (): void => {
    for (const { call } of [...listeners]) call()
  }

  const learn = (presences: readonly Presence[]): void => {
    const news = presences.filter((one) => wanted.has(one.userId) && !isSame(known.get(one.userId), one))
    for (const one of news) known.set(one.userId, one)
  }

  const subscribe = async (userIds: readonly string[], connection: number): Promise<void> => {
    const result = presenceResult.parse(await ask('presence_subscribe', userIds))
    if (connection !== connections) return
    for (const userId of userIds) watched.add(userId)
    learn(result.presences)
    tell()
  }

  const unsubscribe = async (userIds: readonly string[], connection: number): Promise<void> => {
    await ask('presence_unsubscribe', userIds)
    if (connection !== connections) return
    for (const userId of userIds) watched.delete(userId)
    // There is room again, so refused users are tried again.
    refused.clear()
  }

  const ended = () => [...watched].filter((userId) => !wanted.has(userId))
  const added = () => [...wanted.keys()].filter((userId) => !watched.has(userId) && !refused.has(userId))

  const step = async (
    userIds: readonly string[],
    work: (some: readonly string[], connection: number) => Promise<void>,
    connection: number,
  ): Promise<void> => {
    for (const some of chunksOf(userIds)) {
      if (connection !== connections) return
      try {
        await work(some, connection)
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        if (connection !== connections || error.code === 'disconnected') return
        if (error.temporary) return later(error.retryAfterMs ?? retryMs)
        for (const userId of some) refused.add(userId)
        onError(error)
      }
    }
  }

  const settle = async (): Promise<void> => {
    if (isSettling || !isLive()) return
    isSettling = true
    const connection = connections
    await step(ended(), unsubscribe, connection)
    await step(added(), subscribe, connection)
    isSettling = false
    // Views may have changed in the meantime. After a failed request a retry is already scheduled.
    if (cancel === undefined && (ended().length > 0 || added().length > 0)) later(settleMs)
  }

  const later = (ms: number): void => {
    cancel ??= clock.after(ms, () => {
      cancel = undefined
      void settle()
    })
  }

  const release = (userId: string): void => {
    const count = (wanted.get(userId) ?? 1) - 1
    if (count > 0) return void wanted.set(userId, count)
    wanted.delete(userId)
    known.delete(userId)
    refused.delete(userId)
  }

  return {
    want: (userIds, call) => {
      const listener = { call }
      const own = [...new Set(userIds)]
      for (const userId of own) wanted.set(userId, (wanted.get(userId) ?? 0) + 1)
      listeners.add(listener)
      later(settleMs)
      return () => {
        if (!listeners.delete(listener)) return
        for (const userId of own) release(userId)
        later(settleMs)
      }
    },
    of: (userId) => known.get(userId) ?? { userId, online: false, lastSeenAt: null },
    isCurrent: (userId) => watched.has(userId),
    told: (presences) => {
      learn(presences)
      tell()
    },
    connection: (hasOne) => {
      connections += 1
      watched.clear()
      refused.clear()
      cancel?.()
      cancel = undefined
      if (hasOne) later(settleMs)
      tell()
    },
  }
}
