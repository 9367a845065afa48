import { ProtocolError } from '@backscroll/protocol/errors'
import { actQuery } from '@backscroll/protocol/rest/audit'
import { done } from '@backscroll/protocol/rest/done'
import { rebuildRequest, retryRequest, retryResult, viewsReport } from '@backscroll/protocol/rest/views-control'
import { at, type Positions } from '../../../event-log/positions.ts'
import type { ViewsReport } from '../../../projections/views-control.ts'
import { isDone } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actBy, adminOnly } from '../../requests/admin-access.ts'
import { positionText } from '../../requests/read-position.ts'

const tags = ['administration']

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

/** [P6] What an operator does with the views, wherever they run. */
export const viewsRoutes = (app: Api, { viewsControl, accounts }: ApiDeps): void => {
  app.get(
    '/admin/views',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'getViews',
        summary: 'Get the views, their positions, and the streams that are parked in them',
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
        summary: 'Begin to rebuild views from the log; the present ones are served until then',
        body: rebuildRequest,
        querystring: actQuery,
        response: responses(done, 403, 404),
      },
    },
    async (request) => {
      await accounts.trail.keep(actBy(request), 'rebuild_views', { views: request.body.views })
      const outcome = await viewsControl.rebuild(request.body.views)
      if (outcome === 'unknown') throw new ProtocolError('not_found', 'This view does not exist')
      if (outcome === 'busy')
        throw new ProtocolError('unavailable', 'Views are already being rebuilt', { retryAfterMs: 5_000 })
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
        summary: 'Retry a parked stream, from the event at which it stopped',
        body: retryRequest,
        querystring: actQuery,
        response: responses(retryResult, 403, 404),
      },
    },
    async (request) => {
      await accounts.trail.keep(actBy(request), 'retry_stream', { stream: request.body.stream })
      const outcome = await viewsControl.retry(request.body.stream)
      if (outcome === 'unknown') throw new ProtocolError('not_found', 'This stream is not parked')
      return { parked: outcome === 'parked' }
    },
  )
}
