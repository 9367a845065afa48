import { actQuery } from '@backscroll/protocol/rest/audit'
import { done } from '@backscroll/protocol/rest/done'
import {
  feedbackPage,
  feedbackQuery,
  report,
  reportPage,
  reportParams,
  reportResolution,
  reportsQuery,
} from '@backscroll/protocol/rest/reports'
import type { Report, ReportPlace } from '../../../ports/identity/reports.ts'
import { decodeCursor, encodeCursor } from '../../../projections/reading/list-cursor.ts'
import { toPage } from '../../../projections/reading/list-page.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actBy, adminOnly } from '../../requests/admin-access.ts'
import { actorOf } from '../../requests/request-access.ts'

const tags = ['administration']

const summary = ({ note: _note, messages: _messages, ...shown }: Report) => shown

const placeAt = (scope: readonly string[], cursor: string | undefined): ReportPlace | undefined => {
  if (cursor === undefined) return undefined
  const [createdAt, reportId] = decodeCursor(scope, cursor, ['integer', 'text'])
  return { createdAt: Number(createdAt), reportId: String(reportId) }
}

const listRoutes = (app: Api, { moderation }: ApiDeps): void => {
  app.get(
    '/admin/reports',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'listReports',
        summary: 'List reports, oldest first, without what their reporters reveal',
        querystring: reportsQuery,
        response: responses(reportPage, 403),
      },
    },
    async ({ query: { status, cursor, limit } }) => {
      const scope = ['reports', status]
      const found = await moderation.list(status, placeAt(scope, cursor), limit + 1)
      return toPage(found, limit, summary, (last) => encodeCursor(scope, [last.createdAt, last.reportId]))
    },
  )

  app.get(
    '/admin/feedback',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'listFeedback',
        summary: 'Read what users think of the product, oldest first; the audit says so',
        querystring: feedbackQuery,
        response: responses(feedbackPage, 403),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const scope = ['feedback']
      const by = { actor: actorOf(request) }
      const found = await moderation.feedback(by, placeAt(scope, cursor), limit + 1)
      return toPage(
        found,
        limit,
        (one) => one,
        (last) => encodeCursor(scope, [last.createdAt, last.feedbackId]),
      )
    },
  )
}

const workRoutes = (app: Api, { moderation }: ApiDeps): void => {
  app.get(
    '/admin/reports/:reportId',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'readReport',
        summary: 'Read a report with what its reporter reveals; the audit says so',
        params: reportParams,
        querystring: actQuery,
        response: responses(report, 403, 404),
      },
    },
    (request) => moderation.read(actBy(request), request.params.reportId),
  )

  app.post(
    '/admin/reports/:reportId/claim',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'claimReport',
        summary: 'Take a report, so that other admins see who works on it',
        params: reportParams,
        querystring: actQuery,
        response: responses(done, 403, 404),
      },
    },
    (request) => doneAfter(moderation.claim(actBy(request), request.params.reportId)),
  )

  app.post(
    '/admin/reports/:reportId/resolution',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'resolveReport',
        summary: 'End a report with what came of it; it does nothing else',
        params: reportParams,
        querystring: actQuery,
        body: reportResolution,
        response: responses(done, 403, 404),
      },
    },
    (request) => doneAfter(moderation.resolve(actBy(request), request.params.reportId, request.body.outcome)),
  )
}

/** Lets admins work on reports and feedback. */
export const moderationRoutes = (app: Api, deps: ApiDeps): void => {
  listRoutes(app, deps)
  workRoutes(app, deps)
}
