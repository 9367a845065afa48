import { messageBody } from '@backscroll/protocol/client-frames'
import { historyQuery, messagePage, messageParams, messageReceipts } from '@backscroll/protocol/rest/messages'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { sendResult } from '@backscroll/protocol/server-frames'
import { conversationIdOf, sendMessageOf } from '../../../edge/message-command.ts'
import { sendResultOf } from '../../../edge/send-result.ts'
import { ofCommands, responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['messages']

export const messageRoutes = (app: Api, deps: ApiDeps): void => {
  const preHandler = pacedRead(deps)

  app.post(
    '/messages',
    {
      schema: {
        tags,
        operationId: 'sendMessage',
        summary: 'Send a message, edit, deletion, reaction or reply [M1]-[M4], or a control message for devices [M8]',
        body: messageBody,
        response: responses(sendResult, ...ofCommands),
      },
    },
    async (request) => {
      const { body } = request
      const actor = actorOf(request)
      const id = conversationIdOf(actor.userId, body.conversationId, body.recipientId)
      const result = await deps.commands.execute(id, sendMessageOf(body, actor), body.ciphertext ?? null)
      return sendResultOf(body.messageId, id, result)
    },
  )

  app.get(
    '/messages',
    {
      preHandler,
      schema: {
        tags,
        operationId: 'listMessages',
        summary: 'List the messages of a conversation: the newest page, or those before or after a message number',
        querystring: historyQuery,
        response: responses(messagePage, 404),
      },
    },
    async (request) => {
      const { conversationId, userId: peer, before, after, limit } = request.query
      const me = accessOf(request).userId
      return deps.queries.history(me, conversationIdOf(me, conversationId, peer), { before, after, limit })
    },
  )

  app.get(
    '/messages/:messageId/receipts',
    {
      preHandler,
      schema: {
        tags,
        operationId: 'listMessageReceipts',
        summary: 'List who received and read a message, and when',
        params: messageParams,
        querystring: pageQuery,
        response: responses(messageReceipts, 404),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      return deps.queries.messageReceipts(accessOf(request).userId, request.params.messageId, { cursor, limit })
    },
  )
}
