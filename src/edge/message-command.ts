import type { MessageBody } from '@backscroll/protocol/client-frames'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Unstamped } from '../commands/commands.ts'
import type { SendMessage } from '../domain/conversation/conversation-commands.ts'
import { type Actor, messageId } from '../domain/ids.ts'

/** A conversation is named by its id or, if direct, by the other user [M1]. */
export const conversationIdOf = (me: string, id: string | undefined, peer: string | undefined): string => {
  if (id !== undefined) return id
  if (peer !== undefined) return directConversationId(me, peer)
  throw new ProtocolError('invalid', undefined, { details: { field: 'conversationId' } })
}

const relation = ({ messageId: id, revision, kind }: NonNullable<MessageBody['relatesTo']>) => ({
  messageId: messageId(id),
  revision,
  kind,
})

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/**
 * The command of a `send_message` frame or the body of `POST /messages`. Assigned field by field: this runs for
 * every message, and spreading absent fields costs more than all the rest.
 */
export const sendMessageOf = (body: MessageBody, actor: Actor): Unstamped<SendMessage> => {
  const command: Writable<Unstamped<SendMessage>> = {
    type: 'SendMessage',
    actor,
    clientSeq: body.clientSeq,
    afterClientSeq: body.afterClientSeq,
    messageId: messageId(body.messageId),
  }
  if (body.contentType !== undefined) command.contentType = body.contentType
  if (body.mediaIds !== undefined) command.mediaIds = body.mediaIds
  if (body.sentAt !== undefined) command.sentAt = body.sentAt
  if (body.control) command.control = true
  if (body.relatesTo !== undefined) command.relatesTo = relation(body.relatesTo)
  return command
}
