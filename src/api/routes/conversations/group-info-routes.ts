import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { groupState } from '@backscroll/protocol/rest/groups'
import { positionQuery } from '@backscroll/protocol/rest/query-values'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { accessOf } from '../../requests/request-access.ts'

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const groupInfoRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/group-info',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['encryption'],
        operationId: 'getGroup',
        summary: 'Get the current encryption group, with the newest GroupInfo for joining from outside [E4]',
        params: conversationParams,
        querystring: positionQuery,
        response: responses(groupState, 404),
      },
    },
    async (request) => {
      const group = await deps.queries.group(accessOf(request).userId, request.params.conversationId)
      const bytes = group.groupInfo === null ? undefined : await deps.blobs.get(group.groupInfo.hash)
      return { ...group, groupInfo: bytes === undefined ? null : base64Of(bytes) }
    },
  )
}
