import { z } from 'zod'
import { userId as toUserId } from '../../domain/ids.ts'
import { limits } from '../../protocol/limits.ts'
import { accessOf, actorOf } from '../access.ts'
import { commandResult, commandResultOf } from '../command-result.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { pacedRead } from '../paced-reads.ts'
import { atLeast } from '../position.ts'
import { cursor, limit, queryInteger } from '../query-values.ts'
import { responses } from '../responses.ts'
import { changeRole, conversationParams, memberParams } from '../schemas/conversations.ts'
import { memberPage } from '../views.ts'

const tags = ['members']
const removal = z.strictObject({ clientSeq: queryInteger(1), afterClientSeq: queryInteger(0) })

export const memberRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/members',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags,
        operationId: 'listMembers',
        summary: 'The members, by user id',
        params: conversationParams,
        querystring: z.strictObject({ cursor, limit: limit(limits.page), atLeast }),
        response: responses(memberPage, 404),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      return deps.queries.members(accessOf(request).userId, request.params.conversationId, { cursor, limit })
    },
  )

  app.patch(
    '/conversations/:conversationId/members/:userId',
    {
      schema: {
        tags,
        operationId: 'changeMemberRole',
        summary: 'Change the role of a member',
        params: memberParams,
        body: changeRole,
        response: responses(commandResult, 403, 404, 409, 507),
      },
    },
    async (request) => {
      const { conversationId: id, userId } = request.params
      const command = {
        type: 'ChangeRole' as const,
        actor: actorOf(request),
        userId: toUserId(userId),
        ...request.body,
      }
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )

  app.delete(
    '/conversations/:conversationId/members/:userId',
    {
      schema: {
        tags,
        operationId: 'removeMember',
        summary: 'Remove a member; with your own id: leave',
        params: memberParams,
        querystring: removal,
        response: responses(commandResult, 403, 404, 409, 507),
      },
    },
    async (request) => {
      const { conversationId: id, userId } = request.params
      const actor = actorOf(request)
      const leaves = userId === actor.userId
      const what = leaves
        ? { type: 'LeaveConversation' as const }
        : { type: 'RemoveMember' as const, userId: toUserId(userId) }
      return commandResultOf(id, await deps.commands.execute(id, { ...what, actor, ...request.query }, null))
    },
  )
}
