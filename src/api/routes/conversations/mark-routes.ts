import { done } from '@backscroll/protocol/rest/done'
import { markChange, markedConversations, markParams } from '@backscroll/protocol/rest/marks'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { defined } from '../../../edge/omit-undefined.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { marksAnswer } from '../../answers/marks-answer.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['marks']

/** How a user has marked conversations: muted, pinned, archived, unread. */
export const markRoutes = (app: Api, { marks, queries }: ApiDeps): void => {
  app.get(
    '/marks',
    {
      schema: {
        tags,
        operationId: 'listMarks',
        summary: 'List the conversations that you have muted, pinned, archived or marked as unread',
        querystring: pageQuery,
        response: responses(markedConversations),
      },
    },
    async (request) => {
      const { items, ...rest } = await queries.markedConversations(accessOf(request).userId, request.query)
      return {
        ...rest,
        items: items.map(({ conversationId, revision, marks: own }) => {
          return { conversationId, revision, marks: marksAnswer(own) }
        }),
      }
    },
  )

  app.patch(
    '/marks/:conversationId',
    {
      schema: {
        tags,
        operationId: 'changeMarks',
        summary: 'Mute, pin, archive or mark a conversation as unread, for all of your devices. Nobody else is told',
        params: markParams,
        body: markChange,
        response: responses(done, 409, 410),
      },
    },
    async (request) => doneAfter(marks.mark(actorOf(request), request.params.conversationId, defined(request.body))),
  )
}
