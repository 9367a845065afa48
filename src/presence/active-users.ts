import type { PresenceRecords } from '../ports/identity/presence-records.ts'
import type { OnlineUsers } from '../ports/online-users.ts'
import { createDueList } from './due-list.ts'
import type { Every } from './every.ts'

/**
 * Why a user is not active any more. A connection that ended may come back within the time to live of a process; a
 * device that says that it is away counts for half of that, so that nobody flickers.
 */
export type Leaving = 'ended' | 'away'

/** The users who have an active device at this process, told to all processes. */
export interface ActiveUsers {
  /** One more active device of the user. */
  add(userId: string): void
  /** One less. Once for each `add`. */
  remove(userId: string, leaving: Leaving): void
  /** Users who are active here, or were a moment ago. */
  size(): number
  close(): void
}

export interface ActiveUsersDeps {
  readonly processId: string
  readonly online: Pick<OnlineUsers, 'enter' | 'leave' | 'alive'>
  readonly records: Pick<PresenceRecords, 'noteSeen'>
  /** These users came online or went offline, over all processes. */
  readonly onChanged: (userIds: readonly string[]) => void
  readonly onError: (error: unknown) => void
  /** The time to live of a process that says nothing. */
  readonly ttlMs: number
  readonly every: Every
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** Milliseconds since the Unix epoch. */
  readonly date: () => number
}

interface ActiveUser {
  devices: number
  /** The others may have been told that the user is online here. */
  told: boolean
  /** When the user leaves, having no active device. */
  leavesAt: number
}

/** Changes are told once in this time, however often a user comes and goes. */
const tickMs = 1_000
/** How many users are told of in one tick. */
const most = 5_000
/** While a user is online, a process that dies loses no more than this of when the user was seen last. */
const notedEveryMs = 300_000
/** Last seen is coarse. */
const minuteMs = 60_000

export const createActiveUsers = (deps: ActiveUsersDeps): ActiveUsers => {
  const { processId, online, records, onChanged, onError, ttlMs, now, date } = deps
  const users = new Map<string, ActiveUser>()
  /** Who has come, or lost the last device: what the others know may be wrong. */
  const unsettled = new Set<string>()
  const renewals = createDueList(ttlMs * 2)
  const notes = createDueList(notedEveryMs)
  let aliveAt = Number.NEGATIVE_INFINITY
  let working = false

  const changed = (userIds: readonly string[]): void => {
    if (userIds.length > 0) onChanged(userIds)
  }

  /** What fails is tried again: what is not told stays unsettled. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      onError(error)
    }
  }

  const note = async (userIds: readonly string[]): Promise<void> => {
    for (const userId of userIds) notes.put(userId, now())
    await attempt(() => records.noteSeen(userIds, Math.floor(date() / minuteMs) * minuteMs))
  }

  const enter = async (userIds: readonly string[]): Promise<void> => {
    // Before: a call that failed may have been heard.
    for (const userId of userIds) {
      const user = users.get(userId)
      if (user !== undefined) user.told = true
    }
    const came = await online.enter(processId, userIds)
    for (const userId of userIds) {
      unsettled.delete(userId)
      if (users.has(userId)) renewals.put(userId, now())
      // Whoever went meanwhile is looked at again.
      if (users.get(userId)?.devices === 0) unsettled.add(userId)
    }
    changed(came)
  }

  const leave = async (userIds: readonly string[]): Promise<void> => {
    // First: whoever sees that the user is offline also sees since when.
    await note(userIds)
    const went = await online.leave(processId, userIds)
    for (const userId of userIds) {
      const user = users.get(userId)
      if (user === undefined) continue
      user.told = false
      if (user.devices > 0) continue
      users.delete(userId)
      unsettled.delete(userId)
      renewals.delete(userId)
      notes.delete(userId)
    }
    changed(went)
  }

  const settle = async (): Promise<void> => {
    const coming: string[] = []
    const going: string[] = []
    for (const userId of unsettled) {
      const user = users.get(userId)
      if (user === undefined || (user.devices === 0 && !user.told)) {
        users.delete(userId)
        unsettled.delete(userId)
      } else if (user.devices > 0) coming.push(userId)
      else if (user.leavesAt <= now()) going.push(userId)
      if (coming.length + going.length >= most) break
    }
    if (coming.length > 0) await attempt(() => enter(coming))
    if (going.length > 0) await attempt(() => leave(going))
  }

  /** Also says that this process lives, several times in its time to live. */
  const renew = async (): Promise<void> => {
    if (now() - aliveAt >= ttlMs / 4) {
      const lived = await online.alive(processId)
      // What it said is lost.
      if (!lived) for (const userId of users.keys()) unsettled.add(userId)
      aliveAt = now()
    }
    const due = renewals.due(now(), most).filter((userId) => (users.get(userId)?.devices ?? 0) > 0)
    if (due.length > 0) await enter(due)
    const unnoted = notes.due(now(), most)
    if (unnoted.length > 0) await note(unnoted)
  }

  /** Tells what has changed and what is due. */
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
      const user = users.get(userId) ?? { devices: 0, told: false, leavesAt: 0 }
      user.devices += 1
      users.set(userId, user)
      if (user.devices > 1) return
      if (!user.told) notes.put(userId, now())
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
