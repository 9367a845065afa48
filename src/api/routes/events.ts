import { limits } from '@backscroll/protocol/limits'
import { z } from 'zod'
import type { StreamPage } from '../../projections/queries/stream-events.ts'
import { accessOf } from '../access.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { pacedRead } from '../paced-reads.ts'
import { atLeast } from '../position.ts'
import { limit, queryIntegerOr } from '../query-values.ts'
import { responses } from '../responses.ts'
import { conversationParams } from '../schemas/conversations.ts'
import { sendJson } from '../send-json.ts'
import { eventPage } from '../views.ts'

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
