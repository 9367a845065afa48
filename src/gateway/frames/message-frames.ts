import type { MessageAckFrame, SendMessageFrame } from '@backscroll/protocol/client-frames'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { CommandResult, Commands, Unstamped } from '../../commands/commands.ts'
import type { SendMessage } from '../../domain/conversation/conversation-commands.ts'
import { type Actor, deviceId, messageId, userId } from '../../domain/ids.ts'
import { sendResultText } from '../delivery/frame-texts.ts'
import type { Session } from '../sessions/session.ts'
import type { Answers } from './frame-answers.ts'

const actorOf = (session: Session): Actor => ({
  userId: userId(session.userId),
  deviceId: deviceId(session.deviceId),
})

const relation = ({ messageId: id, revision, kind }: NonNullable<SendMessageFrame['relatesTo']>) => ({
  messageId: messageId(id),
  revision,
  kind,
})

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** Assigned field by field: this runs for every message, and spreading absent fields costs more than all the rest. */
const commandOf = (session: Session, frame: SendMessageFrame): Unstamped<SendMessage> => {
  const command: Writable<Unstamped<SendMessage>> = {
    type: 'SendMessage',
    actor: actorOf(session),
    clientSeq: frame.clientSeq,
    afterClientSeq: frame.afterClientSeq,
    messageId: messageId(frame.messageId),
  }
  if (frame.contentType !== undefined) command.contentType = frame.contentType
  if (frame.mediaIds !== undefined) command.mediaIds = frame.mediaIds
  if (frame.sentAt !== undefined) command.sentAt = frame.sentAt
  if (frame.control) command.control = true
  if (frame.relatesTo !== undefined) command.relatesTo = relation(frame.relatesTo)
  return command
}

const addressOf = (session: Session, frame: SendMessageFrame): string =>
  frame.conversationId ?? directConversationId(session.userId, frame.recipientId ?? session.userId)

/** Events kept for a session whose events came before their answers, or never. */
const maxAcknowledged = 256

/** The event will not be pushed to this connection: the answer tells of it. */
const remember = (session: Session, conversationId: string, { revision, duplicate }: CommandResult): void => {
  if (duplicate) return
  if (session.acknowledged === undefined || session.acknowledged.size >= maxAcknowledged)
    session.acknowledged = new Set()
  session.acknowledged.add(`${conversationId}@${revision}`)
}

export interface MessageFrames {
  /** [M1], [M2]: answered when durable. */
  send(session: Session, frame: SendMessageFrame): void
  /** [M5]: with an id answered when durable; without, only errors are heard of. */
  acknowledge(session: Session, frame: MessageAckFrame): void
}

export const createMessageFrames = (deps: {
  readonly commands: Commands
  readonly answers: Answers
}): MessageFrames => {
  const { commands, answers } = deps
  return {
    send: (session, frame) => {
      const address = addressOf(session, frame)
      commands.execute(address, commandOf(session, frame), frame.ciphertext ?? null).then(
        (result) => {
          remember(session, address, result)
          answers.ok(session, frame.id, sendResultText(address, frame.messageId, result))
        },
        (error) => answers.fail(session, frame.id, error),
      )
    },
    acknowledge: (session, { id, conversationId, upToSeq, status }) => {
      commands.acknowledge(conversationId, actorOf(session), upToSeq, status).then(
        () => answers.ok(session, id, '{}'),
        (error) => answers.fail(session, id, error),
      )
    },
  }
}
