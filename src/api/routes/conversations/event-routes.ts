import { limits } from '@backscroll/protocol/limits'
import { z } from 'zod'
import type { StreamPage } from '../../../projections/queries/stream-events.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { limit, queryIntegerOr } from '../../http/query-values.ts'
import { sendJson } from '../../http/send-json.ts'
import { atLeast } from '../../requests/read-position.ts'
import { accessOf } from '../../requests/request-access.ts'
import { eventPage } from '../../schemas/answer-schemas.ts'
import { conversationParams } from '../../schemas/conversation-bodies.ts'
import { responses } from '../../schemas/route-responses.ts'

/** The events are JSON texts already. */
const eventPageText = ({ events, next }: StreamPage): string =>
  `{"events":[${events.join(',')}]${next === undefined ? '' : `,"next":${next}`}}`

export const eventRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/events',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['conversations'],
        operationId: 'listEvents',
        summary: "The stream's own history by revision: what you may see of it",
        params: conversationParams,
        querystring: z.strictObject({ from: queryIntegerOr(0, 0), limit: limit(limits.syncPage), atLeast }),
        response: responses(eventPage, 404),
      },
    },
    async (request, reply) => {
      const { from, limit } = request.query
      const { userId } = accessOf(request)
      const page = await deps.queries.streamEvents(userId, request.params.conversationId, from, limit)
      return sendJson(reply, eventPageText(page))
    },
  )
}
