import { done } from '@backscroll/protocol/rest/done'
import { newFeedback, newReport } from '@backscroll/protocol/rest/reports'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actorOf } from '../../requests/request-access.ts'

const tags = ['reports']

/** Reports and feedback of users. */
export const reportRoutes = (app: Api, { reports }: ApiDeps): void => {
  app.post(
    '/reports',
    {
      schema: {
        tags,
        operationId: 'report',
        summary: 'Report a user, a conversation or messages, with what you choose to reveal of them',
        body: newReport,
        response: responses(done, 404),
      },
    },
    (request) => doneAfter(reports.report(actorOf(request), request.body)),
  )

  app.post(
    '/feedback',
    {
      schema: {
        tags,
        operationId: 'sendFeedback',
        summary: 'Tell those who run the server what you think of it',
        body: newFeedback,
        response: responses(done),
      },
    },
    (request) => doneAfter(reports.feedback(actorOf(request), request.body)),
  )
}
