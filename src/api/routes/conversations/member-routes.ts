import { commandResult } from '@backscroll/protocol/rest/command-result'
import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { memberPage, memberParams, removeMember } from '@backscroll/protocol/rest/members'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { userId as toUserId } from '../../../domain/ids.ts'
import { commandResultOf } from '../../answers/command-result-of.ts'
import { ofCommands, responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { requireDepartureProof } from '../../requests/departure-proof.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['members']

export const memberRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/members',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags,
        operationId: 'listMembers',
        summary: 'List the members, by user id',
        params: conversationParams,
        querystring: pageQuery,
        response: responses(memberPage, 404),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      return deps.queries.members(accessOf(request).userId, request.params.conversationId, { cursor, limit })
    },
  )

  app.delete(
    '/conversations/:conversationId/members/:userId',
    {
      schema: {
        tags,
        operationId: 'removeMember',
        summary: 'Remove a member, or leave with your own id',
        params: memberParams,
        body: removeMember,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { conversationId: id, userId } = request.params
      const actor = actorOf(request)
      const leaves = userId === actor.userId
      const { clientSeq, afterClientSeq, ...signed } = request.body
      const what = { conversationId: id, memberId: userId, change: leaves ? ('left' as const) : ('removed' as const) }
      await requireDepartureProof(deps.isDeviceKey, actor, { ...signed, clientSeq }, what)
      const numbered = { signed, actor, clientSeq, afterClientSeq }
      const command = leaves
        ? { type: 'LeaveConversation' as const, ...numbered }
        : { type: 'RemoveMember' as const, userId: toUserId(userId), ...numbered }
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )
}
