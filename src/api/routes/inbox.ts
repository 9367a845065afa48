import { z } from 'zod'
import { limits } from '../../protocol/limits.ts'
import { accessOf } from '../access.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { atLeast, readAtPosition } from '../position.ts'
import { cursor, limit } from '../query-values.ts'
import { responses } from '../responses.ts'
import { inboxPage } from '../views.ts'

export const inboxRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/inbox',
    {
      preHandler: readAtPosition(deps.watermark, deps.settings.atLeastTimeoutMs),
      schema: {
        tags: ['inbox'],
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
