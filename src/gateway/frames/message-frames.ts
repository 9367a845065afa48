import type { MessageAckFrame, SendMessageFrame } from '@backscroll/protocol/client-frames'
import type { CommandResult, Commands } from '../../commands/commands.ts'
import { actorOf } from '../../edge/actor.ts'
import { conversationIdOf, sendMessageOf } from '../../edge/message-command.ts'
import { sendResultText } from '../../edge/send-result.ts'
import type { Session } from '../sessions/session.ts'
import type { Answers } from './frame-answers.ts'

/** How many events are remembered for a session whose events came before their answers, or never. */
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
  /** [M5]: with an id answered when durable; without one, only errors are reported. */
  acknowledge(session: Session, frame: MessageAckFrame): void
}

export const createMessageFrames = (deps: {
  readonly commands: Commands
  readonly answers: Answers
}): MessageFrames => {
  const { commands, answers } = deps
  return {
    send: (session, frame) => {
      const address = conversationIdOf(session.userId, frame.conversationId, frame.recipientId)
      commands.execute(address, sendMessageOf(frame, actorOf(session)), frame.ciphertext ?? null).then(
        (result) => {
          remember(session, address, result)
          answers.ok(session, frame.id, sendResultText(frame.messageId, address, result))
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
