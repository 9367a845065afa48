import { presence } from '@backscroll/protocol/presence'
import { userParams } from '@backscroll/protocol/rest/accounts'
import { requireTake } from '../../../edge/limits/limit-buckets.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf } from '../../requests/request-access.ts'

export const presenceRoutes = (app: Api, { presence: { lookAt }, metering }: ApiDeps): void => {
  app.get(
    '/presence/:userId',
    {
      schema: {
        tags: ['presence'],
        operationId: 'getPresence',
        summary: 'Get whether a user is online or when the user was last online',
        description: 'A user who does not exist, or who hides from you, looks like a user who is offline [M7].',
        params: userParams,
        response: responses(presence),
      },
    },
    async (request) => {
      const { userId } = accessOf(request)
      requireTake(metering.meter, metering.limits.watched, userId)
      return lookAt(userId, request.params.userId)
    },
  )
}
