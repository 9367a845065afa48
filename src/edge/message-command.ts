import type { MessageBody } from '@backscroll/protocol/client-frames'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { sendResult } from '@backscroll/protocol/server-frames'
import type { z } from 'zod'
import type { CommandResult } from '../commands/commands.ts'
import { type Actor, messageId } from '../domain/ids.ts'
import { defined } from './omit-undefined.ts'

/** A conversation is named by its id or, if direct, by the other user [M1]. */
export const conversationIdOf = (me: string, id: string | undefined, peer: string | undefined): string => {
  if (id !== undefined) return id
  if (peer !== undefined) return directConversationId(me, peer)
  throw new ProtocolError('invalid', undefined, { details: { field: 'conversationId' } })
}

export const sendMessageOf = (body: MessageBody, actor: Actor) => ({
  type: 'SendMessage' as const,
  actor,
  messageId: messageId(body.messageId),
  clientSeq: body.clientSeq,
  afterClientSeq: body.afterClientSeq,
  ...defined({
    contentType: body.contentType,
    mediaIds: body.mediaIds,
    sentAt: body.sentAt,
    control: body.control,
    relatesTo: body.relatesTo && { ...body.relatesTo, messageId: messageId(body.relatesTo.messageId) },
  }),
})

export const sendResultOf = (
  id: string,
  conversationId: string,
  result: CommandResult,
): z.output<typeof sendResult> => ({
  messageId: id,
  conversationId,
  seq: result.seq ?? 0,
  revision: result.revision,
  position: String(result.position),
  acceptedAt: result.at,
  duplicate: result.duplicate,
})
