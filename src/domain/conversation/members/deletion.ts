import { accepted, type Decision, rejected } from '../../decision.ts'
import { userId } from '../../ids.ts'
import type { DeleteConversation } from '../conversation-commands.ts'
import type { ConversationDeleted } from '../conversation-events.ts'
import type { ConversationState } from '../conversation-state.ts'
import { refuseLate, signedBy } from './membership.ts'
import type { Role } from './role.ts'

export const deleteConversation = (
  state: ConversationState,
  role: Role,
  { at, actor, clientSeq, signed }: DeleteConversation,
): Decision<ConversationDeleted> => {
  if (state.kind === 'direct') return rejected('forbidden', 'a direct conversation cannot be deleted')
  if (role !== 'owner') return rejected('forbidden', 'only owners may delete a group')
  const members = [...state.members.keys()].map(userId)
  const asked = members.filter((member) => state.invited.has(member))
  const people = { members, ...(asked.length > 0 && { invited: asked }), lastSeq: state.lastSeq }
  const data = { ...people, clientSeq, ...signedBy(signed) }
  return refuseLate(state, signed) ?? accepted({ type: 'ConversationDeleted', at, actor, data })
}
