import { accepted, type Decision, rejected } from '../decision.ts'
import { hasNone, isPinned, type Marks, marksAfter, mostMarked } from './marks.ts'
import type { MarkConversation } from './user-commands.ts'
import type { ConversationMarked, MarkChange, UserEvent } from './user-events.ts'
import type { UserState } from './user-state.ts'

const isSame = (one: Marks, other: Marks): boolean =>
  one.mutedUntil === other.mutedUntil &&
  one.pinned === other.pinned &&
  one.archivedUpTo === other.archivedUpTo &&
  one.unread === other.unread

/** A mute that has ended already is none. */
const current = ({ change, at }: MarkConversation): MarkChange =>
  typeof change.mutedUntil === 'number' && change.mutedUntil <= at ? { ...change, mutedUntil: null } : change

const full = (state: UserState, conversationId: string, after: Marks, maxPins: number): number | undefined => {
  const others = [...state.marks].filter(([id]) => id !== conversationId)
  if (!hasNone(after) && others.length >= mostMarked) return mostMarked
  const isNewPin = isPinned(after) && !isPinned(state.marks.get(conversationId) ?? {})
  return isNewPin && others.filter(([, marks]) => isPinned(marks)).length >= maxPins ? maxPins : undefined
}

/** Marks a conversation. No event where nothing changes. Any id is taken, because the marks tell nobody else anything. */
export const decideMarks = (state: UserState, command: MarkConversation): Decision<UserEvent> => {
  if (state.status === 'erased') return accepted()
  const { at, actor, conversationId } = command
  const change = current(command)
  const before = state.marks.get(conversationId) ?? {}
  const after = marksAfter(before, change)
  if (isSame(before, after)) return accepted()
  const limit = full(state, conversationId, after, command.maxPins)
  if (limit !== undefined) return rejected('mark_limit', 'There is no room for another mark', { limit })
  const event: ConversationMarked = { type: 'ConversationMarked', at, actor, data: { conversationId, ...change } }
  return accepted(event)
}
