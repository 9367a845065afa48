import { bytesOfDeparture } from '@backscroll/protocol/departure'
import { limits } from '@backscroll/protocol/limits'
import { z } from 'zod'
import { userId as toUserId } from '../../../domain/ids.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { cursor, limit } from '../../http/query-values.ts'
import { requireActProof } from '../../requests/act-proof.ts'
import { atLeast } from '../../requests/read-position.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'
import { memberPage } from '../../schemas/answer-schemas.ts'
import { commandResult, commandResultOf } from '../../schemas/command-result.ts'
import { conversationParams, memberParams, removeMember } from '../../schemas/conversation-bodies.ts'
import { responses } from '../../schemas/route-responses.ts'

const tags = ['members']

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

  app.delete(
    '/conversations/:conversationId/members/:userId',
    {
      schema: {
        tags,
        operationId: 'removeMember',
        summary: 'Remove a member; with your own id: leave',
        params: memberParams,
        body: removeMember,
        response: responses(commandResult, 403, 404, 409, 413, 415, 507),
      },
    },
    async (request) => {
      const { conversationId: id, userId } = request.params
      const actor = actorOf(request)
      const leaves = userId === actor.userId
      const { clientSeq, afterClientSeq, ...signed } = request.body
      const { generation, epoch, proof } = signed
      const what = { memberId: userId, change: leaves ? ('left' as const) : ('removed' as const) }
      const facts = { conversationId: id, generation, epoch, ...actor, clientSeq, ...what }
      // Members believe no departure but what a member's device has signed.
      await requireActProof(deps.isDeviceKey, actor, bytesOfDeparture(facts), proof)
      const numbered = { signed, actor, clientSeq, afterClientSeq }
      const command = leaves
        ? { type: 'LeaveConversation' as const, ...numbered }
        : { type: 'RemoveMember' as const, userId: toUserId(userId), ...numbered }
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )
}
