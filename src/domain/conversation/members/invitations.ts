import { type Decision, rejected } from '../../decision.ts'
import type { AnswerInvitation, ConversationCommand, StartDirect, StartGroup } from '../conversation-commands.ts'
import type { AnswerEvent } from '../conversation-events.ts'
import type { ConversationState } from '../conversation-state.ts'

/**
 * Events that a direct conversation may have before the other one has accepted it. It is what a stranger can make wait
 * for somebody; at the largest size of a message it is 4 MiB.
 */
export const eventsBeforeConsent = 64

/** Why nothing comes of a command as long as somebody has not agreed; undefined where that does not matter. */
export const refuseBeforeConsent = (
  state: ConversationState,
  { type, actor }: Exclude<ConversationCommand, StartGroup | StartDirect>,
): Decision<never> | undefined => {
  if (state.invited.size === 0) return undefined
  if (state.invited.has(actor.userId))
    return type === 'LeaveConversation' ? undefined : rejected('not_accepted', 'accept the request first')
  if (state.kind === 'group' || type !== 'SendMessage' || state.revision + 1 < eventsBeforeConsent) return undefined
  return rejected('request_pending', 'the other one has not accepted the conversation yet')
}

/** No event where nothing is left to answer. Nobody leaves a direct conversation: declining it is nobody else's business. */
export const answerInvitation = (
  state: ConversationState,
  { type, at, actor }: AnswerInvitation,
): readonly AnswerEvent[] => {
  const { userId } = actor
  if (!state.invited.has(userId)) return []
  if (type === 'AcceptInvitation') return [{ type: 'InvitationAccepted', at, actor, data: { userId } }]
  return state.kind === 'direct' ? [] : [{ type: 'MemberLeft', at, actor, data: { userId, lastSeq: state.lastSeq } }]
}
