import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { eventPage, eventsQuery } from '@backscroll/protocol/rest/events'
import type { StreamPage } from '../../../projections/queries/stream-events.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { sendJson } from '../../http/send-json.ts'
import { accessOf } from '../../requests/request-access.ts'

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
        summary: 'List the events of a conversation by revision, as far as you may see them',
        params: conversationParams,
        querystring: eventsQuery,
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
