import { accepted, type Decision, rejected } from '../decision.ts'
import { starKey } from './marks.ts'
import type { StarMessage, UnstarMessage } from './user-commands.ts'
import type { UserEvent } from './user-events.ts'
import type { UserState } from './user-state.ts'

const starred = (state: UserState, command: StarMessage): Decision<UserEvent> => {
  const { at, actor, conversationId, messageId, seq, maxStars: limit } = command
  if (state.stars.has(starKey(command))) return accepted()
  if (state.stars.size >= limit) return rejected('mark_limit', 'There is no room for another star', { limit })
  return accepted({ type: 'MessageStarred', at, actor, data: { conversationId, messageId, seq } })
}

const unstarred = (state: UserState, command: UnstarMessage): Decision<UserEvent> => {
  const { at, actor, conversationId, messageId } = command
  if (!state.stars.has(starKey(command))) return accepted()
  return accepted({ type: 'MessageUnstarred', at, actor, data: { conversationId, messageId } })
}

/** Stars a message, or takes that back. Any ids are taken: who sees a message is asked when it is read. */
export const decideStars = (state: UserState, command: StarMessage | UnstarMessage): Decision<UserEvent> => {
  if (state.status === 'erased') return accepted()
  return command.type === 'StarMessage' ? starred(state, command) : unstarred(state, command)
}
