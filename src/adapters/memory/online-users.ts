import type { OnlineUsers } from '../../ports/online-users.ts'
import type { MemoryLeaseHub } from './lease-hub.ts'

/** As in Redis: an entry lives this many times as long as a silent process. */
const entryTtlFactor = 6

/** Online users in memory, for tests and for a deployment in a single process. */
export const createMemoryOnlineUsers = ({ users, living, ttlMs, now }: MemoryLeaseHub): OnlineUsers => {
  const isOnline = (userId: string): boolean => {
    const at = now()
    const lasts = (end = 0) => end > at
    return [...(users.get(userId) ?? [])].some(([id, end]) => lasts(end) && lasts(living.get(id)))
  }

  const live = (processId: string): void => void living.set(processId, now() + ttlMs)

  const enterOne = (processId: string, userId: string): boolean => {
    const was = isOnline(userId)
    const processes = users.get(userId) ?? new Map<string, number>()
    for (const [id, end] of processes) if (end <= now()) processes.delete(id)
    users.set(userId, processes.set(processId, now() + ttlMs * entryTtlFactor))
    return !was
  }

  const leaveOne = (processId: string, userId: string): boolean => {
    const was = isOnline(userId)
    const processes = users.get(userId)
    processes?.delete(processId)
    if (processes?.size === 0) users.delete(userId)
    return was && !isOnline(userId)
  }

  return {
    enter: async (processId, userIds) => {
      const came = userIds.filter((userId) => enterOne(processId, userId))
      live(processId)
      return came
    },
    leave: async (processId, userIds) => userIds.filter((userId) => leaveOne(processId, userId)),
    alive: async (processId) => {
      const lived = (living.get(processId) ?? 0) > now()
      for (const [id, end] of living) if (end <= now()) living.delete(id)
      live(processId)
      return lived
    },
    among: async (userIds) => new Set(userIds.filter(isOnline)),
  }
}
