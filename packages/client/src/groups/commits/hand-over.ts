import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import { successorsOf } from '../members/successors.ts'
import type { EnqueueCommit, Step } from '../state/enqueue-commit.ts'
import type { Group } from '../state/group.ts'

/** How many people are tried. One who has not accepted the group yet cannot become an owner. */
const mostTried = 16

/** Makes another member an owner before the last owner leaves. */
export interface HandOver {
  /**
   * Chooses the member whom the owner has named, or the next by the rule. Returns false if the command is another, or
   * nobody is left to try.
   */
  choose(group: Group, entry: OutboxEntry): boolean
  /** Somebody is chosen, and has not been made an owner. */
  isDue(entry: OutboxEntry): boolean
  /** Puts the commit before the command. */
  make(entry: OutboxEntry): Step
}

export const createHandOver = (insert: EnqueueCommit): HandOver => {
  /** By the id of the command. */
  const tried = new Map<string, Set<string>>()
  const chosen = new Map<string, string>()
  return {
    choose: (group, { command, messageId }) => {
      if (command.kind !== 'member' || command.change.type !== 'left') return false
      const { successor, userId: me } = command.change
      const before = tried.get(messageId) ?? new Set()
      const candidates = successor === undefined ? successorsOf(group, me) : [successor]
      const next = candidates.find((userId) => !before.has(userId))
      if (next === undefined || before.size >= mostTried) return false
      tried.set(messageId, before.add(next))
      chosen.set(messageId, next)
      return true
    },
    isDue: ({ messageId }) => chosen.has(messageId),
    make: ({ conversationId, messageId }) => {
      const userId = chosen.get(messageId)
      if (userId === undefined) return 'again'
      const step = insert(conversationId, { type: 'role', userId, role: 'owner' })
      if (step === 'again') chosen.delete(messageId)
      return step
    },
  }
}
