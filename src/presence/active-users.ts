import type { PresenceRecords } from '../ports/identity/presence-records.ts'
import type { OnlineUsers } from '../ports/online-users.ts'
import { createDueList } from './due-list.ts'
import type { Every } from './every.ts'

/**
 * Why a device is no longer active. After `ended` the connection may come back within the time to live of a
 * process. After `away` the user stays online for half that time. Both keep users from flickering.
 */
export type Leaving = 'ended' | 'away'

/** The users who have an active device at this process, announced to all processes. */
export interface ActiveUsers {
  /** The user has one more active device. */
  add(userId: string): void
  /** The user has one active device fewer. Called once for each `add`. */
  remove(userId: string, leaving: Leaving): void
  /** The number of users who are active here, or were a moment ago. */
  size(): number
  close(): void
}

export interface ActiveUsersDeps {
  readonly processId: string
  readonly online: Pick<OnlineUsers, 'enter' | 'leave' | 'alive'>
  readonly records: Pick<PresenceRecords, 'noteSeen'>
  /** These users came online or went offline, counted over all processes. */
  readonly onChanged: (userIds: readonly string[]) => void
  readonly onError: (error: unknown) => void
  /** How long a process may be silent before it counts as dead. */
  readonly ttlMs: number
  readonly every: Every
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** Milliseconds since the Unix epoch. */
  readonly date: () => number
}

interface ActiveUser {
  devices: number
  /** Other processes may have been told that the user is online here. */
  announced: boolean
  /** When a user without an active device goes offline. */
  leavesAt: number
}

/** Changes are announced once in this time, however often a user comes and goes. */
const tickMs = 1_000
/** Users who are announced in one tick. */
const usersPerTick = 5_000
/** How often the last-seen time of a user who stays online is written. A process that dies loses no more than this. */
const seenWriteEveryMs = 300_000
/** Last-seen times are rounded down to the minute. */
const minuteMs = 60_000

export const createActiveUsers = (deps: ActiveUsersDeps): ActiveUsers => {
  const { processId, online, records, onChanged, onError, ttlMs, now, date } = deps
  const users = new Map<string, ActiveUser>()
  /** These users have come online or lost their last device, so what other processes know may be wrong. */
  const unsettled = new Set<string>()
  const renewals = createDueList(ttlMs * 2)
  const seenWrites = createDueList(seenWriteEveryMs)
  let aliveAt = Number.NEGATIVE_INFINITY
  let working = false

  const changed = (userIds: readonly string[]): void => {
    if (userIds.length > 0) onChanged(userIds)
  }

  /** Reports a failure. The work is tried again, because users who were not announced stay unsettled. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      onError(error)
    }
  }

  const writeSeen = async (userIds: readonly string[]): Promise<void> => {
    for (const userId of userIds) seenWrites.put(userId, now())
    await attempt(() => records.noteSeen(userIds, Math.floor(date() / minuteMs) * minuteMs))
  }

  const enter = async (userIds: readonly string[]): Promise<void> => {
    // Set before the call, because a call that failed may have taken effect.
    for (const userId of userIds) {
      const user = users.get(userId)
      if (user !== undefined) user.announced = true
    }
    const came = await online.enter(processId, userIds)
    for (const userId of userIds) {
      unsettled.delete(userId)
      if (users.has(userId)) renewals.put(userId, now())
      // A user who left during the call is settled again.
      if (users.get(userId)?.devices === 0) unsettled.add(userId)
    }
    changed(came)
  }

  const leave = async (userIds: readonly string[]): Promise<void> => {
    // The last-seen time is written first, so that a viewer who sees the user offline also sees since when.
    await writeSeen(userIds)
    const went = await online.leave(processId, userIds)
    for (const userId of userIds) {
      const user = users.get(userId)
      if (user === undefined) continue
      user.announced = false
      if (user.devices > 0) continue
      users.delete(userId)
      unsettled.delete(userId)
      renewals.delete(userId)
      seenWrites.delete(userId)
    }
    changed(went)
  }

  const settle = async (): Promise<void> => {
    const coming: string[] = []
    const going: string[] = []
    for (const userId of unsettled) {
      const user = users.get(userId)
      if (user === undefined || (user.devices === 0 && !user.announced)) {
        users.delete(userId)
        unsettled.delete(userId)
      } else if (user.devices > 0) coming.push(userId)
      else if (user.leavesAt <= now()) going.push(userId)
      if (coming.length + going.length >= usersPerTick) break
    }
    if (coming.length > 0) await attempt(() => enter(coming))
    if (going.length > 0) await attempt(() => leave(going))
  }

  /** Repeats what would expire, and reports several times in the time to live that this process is alive. */
  const renew = async (): Promise<void> => {
    if (now() - aliveAt >= ttlMs / 4) {
      const wasAlive = await online.alive(processId)
      // The engine has lost the entries of this process.
      if (!wasAlive) for (const userId of users.keys()) unsettled.add(userId)
      aliveAt = now()
    }
    const due = renewals.due(now(), usersPerTick).filter((userId) => (users.get(userId)?.devices ?? 0) > 0)
    if (due.length > 0) await enter(due)
    const dueSeen = seenWrites.due(now(), usersPerTick)
    if (dueSeen.length > 0) await writeSeen(dueSeen)
  }

  /** Announces what has changed, and repeats what is due. */
  const tick = async (): Promise<void> => {
    if (working) return
    working = true
    await attempt(renew)
    await settle()
    working = false
  }

  const stop = deps.every(Math.min(tickMs, ttlMs / 4), tick)

  return {
    add: (userId) => {
      const user = users.get(userId) ?? { devices: 0, announced: false, leavesAt: 0 }
      user.devices += 1
      users.set(userId, user)
      if (user.devices > 1) return
      if (!user.announced) seenWrites.put(userId, now())
      unsettled.add(userId)
    },
    remove: (userId, leaving) => {
      const user = users.get(userId)
      if (user === undefined) return
      user.devices -= 1
      if (user.devices > 0) return
      user.leavesAt = now() + (leaving === 'ended' ? ttlMs : ttlMs / 2)
      unsettled.add(userId)
    },
    size: () => users.size,
    close: stop,
  }
}
