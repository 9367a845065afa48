import { ProtocolError } from '@backscroll/protocol/errors'
import type { DeliveryLag } from './delivery-lag.ts'
import type { LoopDelay } from './event-loop-delay.ts'
import { createFairShares } from './fair-shares.ts'

/** `live_path`: accepted events are not delivered in time. `event_loop`: this process is late with everything. */
export type OverloadReason = 'live_path' | 'event_loop'

export interface AdmissionOptions {
  /** One for each event log. */
  readonly paths: readonly DeliveryLag[]
  /** Which of them a position belongs to. */
  readonly pathOf: (position: bigint) => number
  readonly loop: Pick<LoopDelay, 'isLate'>
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** In [0, 1): clients that are refused at once should not come back at once. */
  readonly random: () => number
  readonly onRefused: (reason: OverloadReason) => void
}

/** Whether this process accepts more: what it has accepted goes first. */
export interface Admission {
  /**
   * Throws `overloaded` for a command of this user. Otherwise it counts until the returned function was called,
   * once, with its position or without.
   */
  enter(userId: string): (position?: bigint) => void
  /** Throws what `enter` would throw; nothing is counted. */
  check(userId: string): void
  /** Why the process should get no more for a while; undefined when it may. */
  trouble(): string | undefined
  /** For how long the oldest accepted event has been on its way, in milliseconds. */
  ageMs(): number
}

/** Refusals at most this far apart are one overload, and after this much of it the process is not ready. */
const sameOverloadMs = 2_000
const notReadyAfterMs = 2_000
/** The share of the capacity that is used. */
const reserve = 0.25
const leastRetryMs = 500
const mostRetryMs = 5_000

const titles: Readonly<Record<OverloadReason, string>> = {
  live_path: 'what was accepted is not delivered in time',
  event_loop: 'this process is late with everything',
}

export const createAdmission = (options: AdmissionOptions): Admission => {
  const { paths, pathOf, loop, now, random, onRefused } = options
  const shares = createFairShares(now)
  let underWay = 0
  let refusedAt = Number.NEGATIVE_INFINITY
  let refusedSince = refusedAt
  let refusedWith: OverloadReason = 'live_path'

  const ageMs = (): number => Math.max(0, ...paths.map((path) => path.ageMs()))

  /** The last of it is for users who have had little. */
  const isFull = (path: DeliveryLag, userId: string): boolean => {
    const room = path.room()
    if (room === undefined) return false
    const left = room.left - underWay
    if (left > room.size * reserve || (left > 0 && !shares.exceeds(userId, left))) return false
    path.refused()
    return true
  }

  const objection = (userId: string): OverloadReason | undefined => {
    if (loop.isLate()) return 'event_loop'
    return paths.some((path) => path.isBehind() || isFull(path, userId)) ? 'live_path' : undefined
  }

  const note = (reason: OverloadReason): void => {
    const at = now()
    if (at - refusedAt > sameOverloadMs) refusedSince = at
    refusedAt = at
    refusedWith = reason
    onRefused(reason)
  }

  const refusal = (): ProtocolError => {
    const least = Math.min(mostRetryMs, Math.max(leastRetryMs, ageMs()))
    return new ProtocolError('overloaded', undefined, { retryAfterMs: Math.ceil(least * (1 + random())) })
  }

  const check = (userId: string): void => {
    const reason = objection(userId)
    if (reason === undefined) return
    note(reason)
    throw refusal()
  }

  return {
    check,
    enter: (userId) => {
      shares.ask(userId)
      check(userId)
      shares.take(userId)
      underWay += 1
      return (position) => {
        underWay -= 1
        if (position !== undefined) paths[pathOf(position)]?.accepted(position)
      }
    },
    trouble: () => {
      const isLasting = now() - refusedAt <= sameOverloadMs && refusedAt - refusedSince >= notReadyAfterMs
      return isLasting ? `too much to do: ${titles[refusedWith]}` : undefined
    },
    ageMs,
  }
}
