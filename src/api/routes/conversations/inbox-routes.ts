import { inboxPage } from '@backscroll/protocol/rest/inbox'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import type { InboxEntry } from '../../../projections/queries/inbox-query.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { accessOf } from '../../requests/request-access.ts'

/** The direct conversation with a blocked user stays what it is, and out of sight. */
const withoutBlocked = async (
  { consent }: ApiDeps,
  userId: string,
  items: readonly InboxEntry[],
): Promise<readonly InboxEntry[]> => {
  const blocked = new Set((await consent.blocks(userId)).map((one) => one.userId))
  return blocked.size === 0 ? items : items.filter(({ peer }) => peer === null || !blocked.has(peer))
}

export const inboxRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/inbox',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['inbox'],
        operationId: 'listInbox',
        summary: 'List your conversations with unread counts, the most recently active first',
        querystring: pageQuery,
        response: responses(inboxPage),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const { userId } = accessOf(request)
      const page = await deps.queries.inbox(userId, { cursor, limit })
      return { ...page, items: await withoutBlocked(deps, userId, page.items) }
    },
  )
}
