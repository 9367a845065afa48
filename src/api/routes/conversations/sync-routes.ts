import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { snapshotPage, syncQuery } from '@backscroll/protocol/rest/sync'
import { syncPage } from '@backscroll/protocol/server-frames'
import { textOf } from '../../../projections/reading/encoded-events.ts'
import type { EncodedPage } from '../../../projections/sync/sync-service.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { paced, pacedRead } from '../../http/paced-reads.ts'
import { sendJson } from '../../http/send-json.ts'
import { positionHeader, positionText } from '../../requests/read-position.ts'
import { accessOf } from '../../requests/request-access.ts'

const tags = ['sync']

/** The events are JSON text already. */
const pageText = ({ events, receipts, checkpoint, more, degraded }: EncodedPage): string =>
  `{"events":[${textOf(events)}],${JSON.stringify({ receipts, checkpoint, more, degraded }).slice(1)}`

export const syncRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/sync',
    {
      preHandler: paced(deps),
      schema: {
        tags,
        operationId: 'sync',
        summary: 'Get one page of what happened since a checkpoint [C4]',
        querystring: syncQuery,
        response: responses(syncPage, 410),
      },
    },
    async (request, reply) => {
      const { since, limit } = request.query
      const page = await deps.sync.page(accessOf(request).userId, since, limit)
      reply.header(positionHeader, positionText(page.upTo))
      return sendJson(reply, pageText(page))
    },
  )

  app.get(
    '/sync/snapshot',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags,
        operationId: 'getSnapshot',
        summary: 'Get everything that a new device needs, in pages [C3]',
        querystring: pageQuery,
        response: responses(snapshotPage),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const { userId, deviceId } = accessOf(request)
      return deps.snapshot(userId, { cursor, limit, deviceId })
    },
  )
}
