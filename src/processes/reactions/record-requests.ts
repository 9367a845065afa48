import { ProtocolError } from '@backscroll/protocol/errors'
import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import { decodeUserEvent } from '../../codec/user-codec.ts'
import type { Commands } from '../../commands/commands.ts'
import type { UserCommands } from '../../commands/create-user-commands.ts'
import type { ConversationEvent } from '../../domain/conversation/conversation-events.ts'
import { deviceId, userId as toUserId } from '../../domain/ids.ts'
import { idOfStream, kindOfStream } from '../../domain/stream-names.ts'
import type { UserCommand } from '../../domain/user/user-commands.ts'
import type { RequestOutcome } from '../../domain/user/user-events.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { reactToEach } from './react-to-each.ts'
import type { Reaction } from './reaction.ts'

export interface RecordRequestsDeps {
  readonly users: Pick<UserCommands, 'tell'>
  readonly commands: Pick<Commands, 'answerInvitation'>
}

/** What a user is told because of an event. */
interface Told {
  readonly userId: string
  readonly command: UserCommand
}

const requested = (event: ConversationEvent, conversationId: string, invited: readonly string[]): readonly Told[] => {
  const kind = event.type === 'ConversationStarted' ? event.data.kind : ('group' as const)
  const request = { type: 'NoteRequest' as const, actor: null, at: event.at, conversationId, kind }
  return invited.map((userId) => ({ userId, command: { ...request, by: event.actor.userId } }))
}

const settled = (
  { at }: ConversationEvent,
  conversationId: string,
  userId: string,
  outcome: RequestOutcome,
): readonly Told[] => [{ userId, command: { type: 'SettleRequest', actor: null, at, conversationId, outcome } }]

const toldOf = (event: ConversationEvent, conversationId: string): readonly Told[] => {
  switch (event.type) {
    case 'ConversationStarted':
    case 'MembersAdded':
      return requested(event, conversationId, event.data.invited ?? [])
    case 'InvitationAccepted':
      return settled(event, conversationId, event.data.userId, 'accepted')
    case 'MemberLeft':
    case 'MemberRemoved':
      return settled(event, conversationId, event.data.userId, 'withdrawn')
    case 'ConversationDeleted':
      return (event.data.invited ?? []).flatMap((userId) => settled(event, conversationId, userId, 'withdrawn'))
    default:
      return []
  }
}

/**
 * Carries answers between conversations and their members' own streams: a user who is asked hears of it, what is
 * settled in the conversation is settled for the user, and a user who declines a group leaves it. Repeating it
 * changes nothing.
 */
export const createRecordRequests = ({ users, commands }: RecordRequestsDeps): Reaction => {
  const tellAll = async (event: RecordedEvent): Promise<boolean> => {
    const conversationId = idOfStream(event.stream)
    const told = toldOf(decodeConversationEvent(event), conversationId)
    await reactToEach(told, ({ userId, command }) =>
      users.tell(userId, { id: `${conversationId}/${event.revision}/${command.type}`, command }),
    )
    return told.length > 0
  }

  const leave = async (event: RecordedEvent): Promise<boolean> => {
    const decoded = decodeUserEvent(event)
    if (decoded.type !== 'RequestSettled' || decoded.data.outcome !== 'declined') return false
    const userId = idOfStream(event.stream)
    const actor = decoded.actor ?? { userId: toUserId(userId), deviceId: deviceId('~decline') }
    await commands.answerInvitation(decoded.data.conversationId, actor, 'decline').catch((error) => {
      if (!(error instanceof ProtocolError && error.code === 'not_found')) throw error
    })
    return true
  }

  return {
    types: new Set([
      ...(['ConversationStarted', 'MembersAdded', 'InvitationAccepted', 'MemberLeft', 'MemberRemoved'] as const),
      'ConversationDeleted',
      'RequestSettled',
    ]),
    react: (event) => {
      const kind = kindOfStream(event.stream)
      if (kind === 'conversation') return () => tellAll(event)
      return kind === 'user' ? () => leave(event) : undefined
    },
  }
}
