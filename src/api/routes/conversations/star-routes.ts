import { done } from '@backscroll/protocol/rest/done'
import { newStar, starPage, starParams } from '@backscroll/protocol/rest/marks'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['marks']

/** The messages that a user has starred. */
export const starRoutes = (app: Api, { marks, queries }: ApiDeps): void => {
  app.get(
    '/stars',
    {
      schema: {
        tags,
        operationId: 'listStars',
        summary: 'List the messages that you have starred, the last one first',
        querystring: pageQuery,
        response: responses(starPage),
      },
    },
    async (request) => {
      const { items, ...rest } = await queries.starredMessages(accessOf(request).userId, request.query)
      return { ...rest, items: items.map(({ userId: _own, ...star }) => star) }
    },
  )

  app.put(
    '/stars/:conversationId/:messageId',
    {
      schema: {
        tags,
        operationId: 'starMessage',
        summary: 'Star a message, for all of your devices. Nobody else is told',
        params: starParams,
        body: newStar,
        response: responses(done, 409, 410),
      },
    },
    async (request) => doneAfter(marks.star(actorOf(request), { ...request.params, ...request.body })),
  )

  app.delete(
    '/stars/:conversationId/:messageId',
    {
      schema: {
        tags,
        operationId: 'unstarMessage',
        summary: 'Take a star back',
        params: starParams,
        response: responses(done, 410),
      },
    },
    async (request) => doneAfter(marks.unstar(actorOf(request), request.params)),
  )
}
