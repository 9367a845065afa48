import { z } from 'zod'
import { limits } from '../../protocol/limits.ts'
import { accessOf } from '../access.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { pacedRead } from '../paced-reads.ts'
import { atLeast } from '../position.ts'
import { cursor, limit } from '../query-values.ts'
import { responses } from '../responses.ts'
import { inboxPage } from '../views.ts'

export const inboxRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/inbox',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['inbox'],
        operationId: 'listInbox',
        summary: 'Your conversations, the most recently active first, with unread counts',
        querystring: z.strictObject({ cursor, limit: limit(limits.page), atLeast }),
        response: responses(inboxPage),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      return deps.queries.inbox(accessOf(request).userId, { cursor, limit })
    },
  )
}
