import { ProtocolError } from '@backscroll/protocol/errors'
import { done } from '@backscroll/protocol/rest/done'
import { rebuildRequest, retryRequest, retryResult, viewsReport } from '@backscroll/protocol/rest/views-control'
import { at, type Positions } from '../../../event-log/positions.ts'
import type { ViewsReport } from '../../../projections/views-control.ts'
import { isDone } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { positionText } from '../../requests/read-position.ts'
import { accessOf, requireRole } from '../../requests/request-access.ts'

const tags = ['administration']

const adminOnly = {
  preHandler: async (request: Parameters<typeof accessOf>[0]) => requireRole(accessOf(request), 'admin'),
}

/** Over all logs. */
const behind = (head: Positions, position: Positions): bigint =>
  head.reduce((sum, one, log) => sum + one - at(position, log), 0n)

const shown = ({ head, views, rebuilding, parked, parkedCount }: ViewsReport) => ({
  head: positionText(head),
  views: views.map(({ view, generation, position }) => ({
    ...{ view, generation, position: positionText(position), behind: String(behind(head, position)) },
  })),
  rebuilding: [...rebuilding],
  parked: parked.map((each) => ({ ...each, position: String(each.position) })),
  parkedCount,
})

/** [P6] What an operator does with the views, wherever they are kept. */
export const viewsRoutes = (app: Api, { viewsControl }: ApiDeps): void => {
  app.get(
    '/admin/views',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'getViews',
        summary: 'The views, how far they are, and the streams that stand still in them',
        response: responses(viewsReport, 403, 404),
      },
    },
    async () => shown(await viewsControl.report()),
  )

  app.post(
    '/admin/views/rebuild',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'rebuildViews',
        summary: 'Begin to build views anew from the log, beside those that are served until then',
        body: rebuildRequest,
        response: responses(done, 403, 404),
      },
    },
    async (request) => {
      const outcome = await viewsControl.rebuild(request.body.views)
      if (outcome === 'unknown') throw new ProtocolError('not_found', 'There is no such view')
      if (outcome === 'busy')
        throw new ProtocolError('unavailable', 'Views are being built already', { retryAfterMs: 5_000 })
      return isDone
    },
  )

  app.post(
    '/admin/views/retry',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'retryParkedStream',
        summary: 'Fold a parked stream again, from the event that it stands at',
        body: retryRequest,
        response: responses(retryResult, 403, 404),
      },
    },
    async (request) => {
      const outcome = await viewsControl.retry(request.body.stream)
      if (outcome === 'unknown') throw new ProtocolError('not_found', 'This stream is not parked')
      return { parked: outcome === 'parked' }
    },
  )
}
