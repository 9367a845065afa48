import type { Roster } from './roster.ts'

/** The rosters of recently active conversations, by conversation id. */
export interface RosterCache {
  get(conversationId: string): Roster | undefined
  set(conversationId: string, roster: Roster): void
  /**
   * Drops what was not used lately when there are too many. The caller decides when, so a batch keeps what it
   * needs.
   */
  trim(): void
}

/**
 * Two generations instead of a strict order of use, which would cost a deletion and an insertion for every event: a
 * roster that is used moves to the young generation, and when that is full the old one is dropped whole. Keeps
 * between half of `maxRosters` and all.
 */
export const createRosterCache = (maxRosters: number): RosterCache => {
  const full = Math.ceil(maxRosters / 2)
  let young = new Map<string, Roster>()
  let old = new Map<string, Roster>()

  return {
    get(conversationId) {
      const roster = young.get(conversationId)
      if (roster !== undefined) return roster
      const found = old.get(conversationId)
      if (found !== undefined) young.set(conversationId, found)
      return found
    },
    set(conversationId, roster) {
      young.set(conversationId, roster)
    },
    trim() {
      if (young.size < full) return
      old = young
      young = new Map()
    },
  }
}
