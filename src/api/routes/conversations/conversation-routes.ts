import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { ProtocolError } from '@backscroll/protocol/errors'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import {
  acknowledge,
  type ChangeConversation,
  changeConversation,
  conversation,
  conversationParams,
  deleteConversation,
  type StartConversation,
  startConversation,
} from '@backscroll/protocol/rest/conversations'
import { groupBodyBytes } from '@backscroll/protocol/rest/groups'
import { positionQuery } from '@backscroll/protocol/rest/query-values'
import type { Commit } from '../../../domain/conversation/groups/group.ts'
import { userId as toUserId } from '../../../domain/ids.ts'
import { defined } from '../../../edge/omit-undefined.ts'
import { commandResultOf } from '../../answers/command-result-of.ts'
import { ofCommands, responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { requireDepartureProof } from '../../requests/departure-proof.ts'
import { admitting, groupOf } from '../../requests/group-command.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['conversations']

const startOf = (me: string, body: StartConversation) => {
  if (body.recipientId !== undefined) {
    const id = directConversationId(me, body.recipientId)
    return { id, command: { type: 'StartDirect' as const, peer: toUserId(body.recipientId) } }
  }
  if (body.conversationId === undefined) throw new ProtocolError('invalid')
  const members = (body.members ?? []).map(toUserId)
  const texts = defined({ name: body.name, description: body.description })
  return { id: body.conversationId, command: { type: 'StartGroup' as const, members, ...texts } }
}

const changeOf = (body: ChangeConversation) => {
  if (body.name !== undefined) return { type: 'RenameConversation' as const, name: body.name }
  if (body.description !== undefined) return { type: 'DescribeConversation' as const, description: body.description }
  if (body.posting !== undefined) return { type: 'ChangePosting' as const, posting: body.posting }
  return { type: 'ChangeRetention' as const, seconds: body.retentionSeconds ?? null }
}

export const conversationRoutes = (app: Api, deps: ApiDeps): void => {
  app.post(
    '/conversations',
    {
      bodyLimit: groupBodyBytes,
      schema: {
        tags,
        operationId: 'startConversation',
        summary: 'Start a group, or open a direct conversation',
        body: startConversation,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const { clientSeq, afterClientSeq } = request.body
      const { id, command } = startOf(actor.userId, request.body)
      const start = { ...command, actor, clientSeq, afterClientSeq }
      const { group } = request.body
      if (group === undefined) return commandResultOf(id, await deps.commands.execute(id, start, null))
      const commandOf = (commit: Commit) => ({ ...start, group: groupOf(group, commit) })
      const admitted = admitting(deps, id, commandOf)
      const { commit, body } = await deps.prepareCommit(id, group, admitted.admit)
      return commandResultOf(id, await deps.commands.execute(id, admitted.command(commit), body))
    },
  )

  app.get(
    '/conversations/:conversationId',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags,
        operationId: 'getConversation',
        summary: 'Get a conversation and your role in it',
        params: conversationParams,
        querystring: positionQuery,
        response: responses(conversation, 404),
      },
    },
    async (request) => {
      return deps.queries.conversation(accessOf(request).userId, request.params.conversationId)
    },
  )

  app.patch(
    '/conversations/:conversationId',
    {
      schema: {
        tags,
        operationId: 'changeConversation',
        summary: 'Change the name, the description, how long messages are kept, or who may post',
        params: conversationParams,
        body: changeConversation,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { clientSeq, afterClientSeq } = request.body
      const command = { ...changeOf(request.body), actor: actorOf(request), clientSeq, afterClientSeq }
      const { conversationId: id } = request.params
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )

  app.delete(
    '/conversations/:conversationId',
    {
      schema: {
        tags,
        operationId: 'deleteConversation',
        summary: 'Delete a group: everybody is out, and its messages are gone',
        params: conversationParams,
        body: deleteConversation,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { conversationId: id } = request.params
      const actor = actorOf(request)
      const { clientSeq, afterClientSeq, ...signed } = request.body
      const what = { conversationId: id, memberId: actor.userId, change: 'deleted' as const }
      await requireDepartureProof(deps.isDeviceKey, actor, { ...signed, clientSeq }, what)
      const command = { type: 'DeleteConversation' as const, signed, actor, clientSeq, afterClientSeq }
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )

  app.post(
    '/conversations/:conversationId/ack',
    {
      schema: {
        tags,
        operationId: 'acknowledgeMessages',
        summary: 'Confirm that this device received, or its user read, all messages up to a number [M5]',
        params: conversationParams,
        body: acknowledge,
        response: responses(acknowledge, 404, 409, 410),
      },
    },
    async (request) => {
      const { upToSeq, status } = request.body
      await deps.commands.acknowledge(request.params.conversationId, actorOf(request), upToSeq, status)
      return { upToSeq, status }
    },
  )
}
