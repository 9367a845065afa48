import { type Decision, rejected } from '../decision.ts'
import { deviceId, userId } from '../ids.ts'
import type { CloseConversation, ConversationCommand, StartDirect, StartGroup } from './conversation-commands.ts'
import type { ConversationClosed } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'

/** The actor of the event. No user has this id, because members are not told which admin acted. */
const server = { userId: userId('~server'), deviceId: deviceId('~moderation') }

/** Returns no event if the group is closed already. */
export const closeConversation = (
  state: ConversationState,
  { at }: CloseConversation,
): readonly ConversationClosed[] =>
  state.isClosed ? [] : [{ type: 'ConversationClosed', at, actor: server, data: {} }]

/**
 * In a closed group, members can still leave and delete their own messages. The server can still hand over a group
 * whose last owner is erased.
 */
const isStillGood = (command: Exclude<ConversationCommand, StartGroup | StartDirect>): boolean =>
  command.type === 'LeaveConversation' ||
  command.type === 'ChangeRole' ||
  (command.type === 'SendMessage' && command.relatesTo?.kind === 'delete')

export const refuseClosed = (
  { isClosed }: ConversationState,
  command: Exclude<ConversationCommand, StartGroup | StartDirect>,
): Decision<never> | undefined =>
  !isClosed || isStillGood(command) ? undefined : rejected('conversation_closed', 'an admin has closed this group')
