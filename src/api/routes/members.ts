import { z } from 'zod'
import { type Actor, userId as toUserId } from '../../domain/ids.ts'
import { limits } from '../../protocol/limits.ts'
import { bytesOfMemberChange, type MemberChange } from '../../protocol/member-change.ts'
import { accessOf, actorOf } from '../access.ts'
import { requireActProof } from '../act-proof.ts'
import { commandResult, commandResultOf } from '../command-result.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { pacedRead } from '../paced-reads.ts'
import { atLeast } from '../position.ts'
import { cursor, limit } from '../query-values.ts'
import { responses } from '../responses.ts'
import { changeRole, conversationParams, memberParams, removeMember } from '../schemas/conversations.ts'
import { memberPage } from '../views.ts'

const tags = ['members']

type Signed = z.output<typeof removeMember>
const signedOf = ({ generation, epoch, proof }: Signed) => ({ generation, epoch, proof })

/** Members believe no change but what a member's device has signed. */
const requireSigned = (
  { isDeviceKey }: ApiDeps,
  { conversationId, userId: memberId }: z.output<typeof memberParams>,
  actor: Actor,
  { clientSeq, ...signed }: Signed,
  change: MemberChange,
): Promise<void> => {
  const facts = { conversationId, memberId, clientSeq, ...signedOf({ clientSeq, ...signed }), ...actor, ...change }
  return requireActProof(isDeviceKey, actor, bytesOfMemberChange(facts), signed.proof)
}

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
      const { clientSeq, afterClientSeq, role, number } = request.body
      const actor = actorOf(request)
      await requireSigned(deps, request.params, actor, request.body, { change: 'role', role, number })
      const signed = { ...signedOf(request.body), number }
      const what = { type: 'ChangeRole' as const, userId: toUserId(userId), role, signed }
      const command = { ...what, actor, clientSeq, afterClientSeq }
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
        body: removeMember,
        response: responses(commandResult, 403, 404, 409, 413, 415, 507),
      },
    },
    async (request) => {
      const { conversationId: id, userId } = request.params
      const actor = actorOf(request)
      const leaves = userId === actor.userId
      const { clientSeq, afterClientSeq } = request.body
      await requireSigned(deps, request.params, actor, request.body, { change: leaves ? 'left' : 'removed' })
      const signed = signedOf(request.body)
      const what = leaves
        ? { type: 'LeaveConversation' as const }
        : { type: 'RemoveMember' as const, userId: toUserId(userId) }
      return commandResultOf(
        id,
        await deps.commands.execute(id, { ...what, signed, actor, clientSeq, afterClientSeq }, null),
      )
    },
  )
}
