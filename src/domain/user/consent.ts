import type { BlockUser, ChangeConsent, NoteRequest, SettleRequest, UnblockUser } from './user-commands.ts'
import type { RequestOutcome, UserEvent } from './user-events.ts'
import type { UserState } from './user-state.ts'

export type ConsentCommand = ChangeConsent | BlockUser | UnblockUser | NoteRequest | SettleRequest

const none: readonly UserEvent[] = []

const changed = (state: UserState, command: ChangeConsent): readonly UserEvent[] => {
  const { at, actor, direct = state.direct, groups = state.groups } = command
  if (direct === state.direct && groups === state.groups) return none
  const data = { ...(direct !== undefined && { direct }), ...(groups !== undefined && { groups }) }
  return [{ type: 'ConsentChanged', at, actor, data }]
}

const settled = (
  { at, actor }: Pick<SettleRequest, 'at' | 'actor'>,
  conversationId: string,
  outcome: RequestOutcome,
): UserEvent => ({ type: 'RequestSettled', at, actor, data: { conversationId, outcome } })

/** Pending requests of the blocked user are declined with the block. */
const blocked = (state: UserState, command: BlockUser): readonly UserEvent[] => {
  const { at, actor, userId } = command
  if (state.blocked.has(userId)) return none
  const asked = [...state.requests].flatMap(([id, { by }]) => (by === userId ? [settled(command, id, 'declined')] : []))
  return [{ type: 'UserBlocked', at, actor, data: { userId } }, ...asked]
}

const unblocked = (state: UserState, { at, actor, userId }: UnblockUser): readonly UserEvent[] =>
  state.blocked.has(userId) ? [{ type: 'UserUnblocked', at, actor, data: { userId } }] : none

/** A request of a blocked user reaches nobody. */
const noted = (state: UserState, { at, actor, conversationId, kind, by }: NoteRequest): readonly UserEvent[] =>
  state.requests.has(conversationId) || state.blocked.has(by)
    ? none
    : [{ type: 'ConversationRequested', at, actor, data: { conversationId, kind, by } }]

/** What the user wants of others, and what others ask of the user. No event when nothing changes. */
export const decideConsent = (state: UserState, command: ConsentCommand): readonly UserEvent[] => {
  switch (command.type) {
    case 'ChangeConsent':
      return changed(state, command)
    case 'BlockUser':
      return blocked(state, command)
    case 'UnblockUser':
      return unblocked(state, command)
    case 'NoteRequest':
      return noted(state, command)
    case 'SettleRequest': {
      const { conversationId, outcome } = command
      return state.requests.has(conversationId) ? [settled(command, conversationId, outcome)] : none
    }
  }
}
