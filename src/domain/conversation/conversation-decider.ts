import { type Decision, rejected } from '../decision.ts'
import { refuseClosed } from './closing.ts'
import type { ConversationCommand, StartDirect, StartGroup } from './conversation-commands.ts'
import type { ConversationEvent } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'
import { checkNumber, isUsed } from './exactly-once.ts'
import { refuseUnencrypted } from './groups/encryption.ts'
import { commitGroup, resetGroup } from './groups/group-commits.ts'
import { withGroup } from './groups/start-encrypted.ts'
import { deleteConversation } from './members/deletion.ts'
import { refuseBeforeConsent } from './members/invitations.ts'
import { changeRole, leave, removeMember } from './members/membership.ts'
import type { Role } from './members/role.ts'
import { sendMessage } from './messages.ts'
import { changePosting, changeRetention, describe, rename } from './settings.ts'
import { startDirect, startGroup } from './start-conversation.ts'

type MembersCommand = Exclude<ConversationCommand, StartGroup | StartDirect>

const decideAs = (state: ConversationState, role: Role, command: MembersCommand): Decision<ConversationEvent> => {
  switch (command.type) {
    case 'SendMessage':
      return sendMessage(state, role, command)
    case 'RemoveMember':
      return removeMember(state, role, command)
    case 'LeaveConversation':
      return leave(state, role, command)
    case 'DeleteConversation':
      return deleteConversation(state, role, command)
    case 'ChangeRole':
      return changeRole(state, role, command)
    case 'RenameConversation':
      return rename(state, role, command)
    case 'DescribeConversation':
      return describe(state, role, command)
    case 'ChangeRetention':
      return changeRetention(state, role, command)
    case 'ChangePosting':
      return changePosting(state, role, command)
    case 'CommitGroup':
      return commitGroup(state, role, command)
    case 'ResetGroup':
      return resetGroup(state, role, command)
  }
}

const refuseBody = (state: ConversationState, command: MembersCommand): Decision<never> | undefined =>
  command.type === 'SendMessage' ? refuseUnencrypted(state, command) : undefined

/** An id names one thing for ever. A sender that repeats a message repeats it under its number. */
const refuseUsedId = ({ devices }: ConversationState, command: MembersCommand): Decision<never> | undefined => {
  if (command.type !== 'SendMessage') return undefined
  if (command.isUsed !== true && !isUsed(devices, command.messageId)) return undefined
  return rejected('message_id_taken', 'this messageId was already used in the conversation')
}

const refuseUnknownMedia = (command: MembersCommand): Decision<never> | undefined =>
  command.type === 'SendMessage' && command.namesUnknownMedia === true
    ? rejected('unknown_media', 'mediaIds names a file that does not exist, is incomplete, or that you may not read')
    : undefined

const decideAsMember = (state: ConversationState, command: MembersCommand): Decision<ConversationEvent> => {
  const role = state.members.get(command.actor.userId)
  // The answer is the same for a conversation that does not exist and for one that the actor may not see [R4].
  if (role === undefined) return rejected('not_found', 'this conversation does not exist, or you may not see it')
  return (
    refuseClosed(state, command) ??
    refuseBeforeConsent(state, command) ??
    refuseBody(state, command) ??
    refuseUsedId(state, command) ??
    refuseUnknownMedia(command) ??
    decideAs(state, role, command)
  )
}

/**
 * Decides a command. The result is at least one event, exactly one of which carries the command's `clientSeq`; or
 * an earlier result; or a rejection, which uses up nothing. The checks come in this order: the command's number,
 * that the conversation exists and the actor is a member, the encryption of the message, its id and the files that
 * it names, the actor's right, the request itself. Changes nothing: the caller folds the events with `evolve` before it decides the next
 * command.
 */
export const decide = (state: ConversationState, command: ConversationCommand): Decision<ConversationEvent> => {
  const numbered = checkNumber(state.devices, command)
  if (numbered !== undefined) return numbered
  switch (command.type) {
    case 'StartGroup':
      return withGroup(startGroup(state, command), command)
    case 'StartDirect':
      return withGroup(startDirect(state, command), command)
    default:
      return decideAsMember(state, command)
  }
}
