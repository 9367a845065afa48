import type { Roster } from './roster.ts'

/** The rosters of conversations that were active lately, by conversation id. */
export interface RosterCache {
  get(conversationId: string): Roster | undefined
  set(conversationId: string, roster: Roster): void
  /** Drops the least recently used beyond the bound. Never happens by itself, so a batch keeps what it needs. */
  trim(): void
}

export const createRosterCache = (maxRosters: number): RosterCache => {
  /** In order of use, the least recent first. */
  const rosters = new Map<string, Roster>()
  let newest: string | undefined

  const touch = (conversationId: string, roster: Roster): Roster => {
    if (conversationId === newest) return roster
    rosters.delete(conversationId)
    rosters.set(conversationId, roster)
    newest = conversationId
    return roster
  }

  return {
    get(conversationId) {
      const roster = rosters.get(conversationId)
      return roster === undefined ? undefined : touch(conversationId, roster)
    },
    set(conversationId, roster) {
      rosters.set(conversationId, roster)
      touch(conversationId, roster)
    },
    trim() {
      for (const conversationId of rosters.keys()) {
        if (rosters.size <= maxRosters) return
        rosters.delete(conversationId)
      }
    },
  }
}
