import type { PresenceRecords } from '../ports/identity/presence-records.ts'
import type { OnlineUsers } from '../ports/online-users.ts'
import type { Fact } from './presence.ts'

/** Users in one read of the engines. */
const usersPerRead = 500

export interface PresenceFacts {
  /**
   * The current facts. Last-seen times are read only for users who are not known yet, or who have come online or
   * gone offline since.
   */
  of(userIds: readonly string[], known?: (userId: string) => Fact | undefined): Promise<ReadonlyMap<string, Fact>>
}

export interface PresenceFactsDeps {
  readonly online: Pick<OnlineUsers, 'among'>
  readonly records: Pick<PresenceRecords, 'seenUsers'>
}

export const createPresenceFacts = ({ online, records }: PresenceFactsDeps): PresenceFacts => {
  const readChunk = async (
    userIds: readonly string[],
    known: (userId: string) => Fact | undefined,
  ): Promise<(readonly [string, Fact])[]> => {
    const present = await online.among(userIds)
    const isNew = (userId: string): boolean => known(userId)?.online !== present.has(userId)
    const seen = await records.seenUsers(userIds.filter(isNew))
    return userIds.map((userId) => {
      const fact = { online: present.has(userId), seenAt: seen.get(userId)?.seenAt ?? null }
      return [userId, isNew(userId) ? fact : (known(userId) ?? fact)]
    })
  }
  return {
    of: async (userIds, known = () => undefined) => {
      const found: (readonly [string, Fact])[] = []
      for (let at = 0; at < userIds.length; at += usersPerRead)
        found.push(...(await readChunk(userIds.slice(at, at + usersPerRead), known)))
      return new Map(found)
    },
  }
}
