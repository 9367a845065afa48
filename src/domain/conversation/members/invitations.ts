import { type Decision, rejected } from '../../decision.ts'
import type { AnswerInvitation, ConversationCommand, StartDirect, StartGroup } from '../conversation-commands.ts'
import type { AnswerEvent } from '../conversation-events.ts'
import type { ConversationState } from '../conversation-state.ts'

/**
 * How many events a direct conversation may have before the other user accepts it. A stranger can make no more than
 * this wait for a user; at the largest size of a message it is 4 MiB.
 */
export const eventsBeforeConsent = 64

/** Why a command is refused as long as a member has not agreed; undefined where that does not matter. */
export const refuseBeforeConsent = (
  state: ConversationState,
  { type, actor }: Exclude<ConversationCommand, StartGroup | StartDirect>,
): Decision<never> | undefined => {
  if (state.invited.size === 0) return undefined
  if (state.invited.has(actor.userId))
    return type === 'LeaveConversation' ? undefined : rejected('not_accepted', 'accept the request first')
  if (state.kind === 'group' || type !== 'SendMessage' || state.revision + 1 < eventsBeforeConsent) return undefined
  return rejected('request_pending', 'the other user has not accepted the conversation yet')
}

/**
 * No event when nothing is left to answer. A direct conversation cannot be left, so only the user who declines is
 * concerned.
 */
export const answerInvitation = (
  state: ConversationState,
  { type, at, actor }: AnswerInvitation,
): readonly AnswerEvent[] => {
  const { userId } = actor
  if (!state.invited.has(userId)) return []
  if (type === 'AcceptInvitation') return [{ type: 'InvitationAccepted', at, actor, data: { userId } }]
  return state.kind === 'direct' ? [] : [{ type: 'MemberLeft', at, actor, data: { userId, lastSeq: state.lastSeq } }]
}
