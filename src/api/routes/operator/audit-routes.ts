import { auditPage, auditQuery } from '@backscroll/protocol/rest/audit'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { adminOnly } from '../../requests/admin-access.ts'

/** The audit, for admins. */
export const auditRoutes = (app: Api, { queries }: ApiDeps): void => {
  app.get(
    '/admin/audit',
    {
      ...adminOnly,
      schema: {
        tags: ['administration'],
        operationId: 'getAudit',
        summary: 'List what admins have done, newest first',
        querystring: auditQuery,
        response: responses(auditPage, 403),
      },
    },
    async (request) => queries.auditActs(request.query),
  )
}
