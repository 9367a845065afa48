import { actQuery } from '@backscroll/protocol/rest/audit'
import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { done } from '@backscroll/protocol/rest/done'
import { isDone } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actBy, adminOnly } from '../../requests/admin-access.ts'

/** Lets admins close groups, whose content they cannot read. */
export const closureRoutes = (app: Api, { accounts, commands }: ApiDeps): void => {
  app.post(
    '/admin/conversations/:conversationId/closure',
    {
      ...adminOnly,
      schema: {
        tags: ['administration'],
        operationId: 'closeGroup',
        summary: 'Close a group for good: nobody can write there any more',
        params: conversationParams,
        querystring: actQuery,
        response: responses(done, 403, 404, 410),
      },
    },
    async (request) => {
      const { conversationId } = request.params
      await accounts.trail.keep(actBy(request), 'close_conversation', { conversationId })
      await commands.closeConversation(conversationId)
      return isDone
    },
  )
}
