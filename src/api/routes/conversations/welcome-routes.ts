import { ProtocolError } from '@backscroll/protocol/errors'
import { deviceParams } from '@backscroll/protocol/rest/devices'
import { pageQuery } from '@backscroll/protocol/rest/query-values'
import { acknowledgeWelcome, welcomePage } from '@backscroll/protocol/rest/welcomes'
import type { Access } from '../../../ports/identity/access.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['encryption']

/** The answer does not tell which other devices have waiting Welcomes [R4]. */
const ownDevice = (access: Access, deviceId: string): Access => {
  if (access.deviceId !== deviceId) throw new ProtocolError('not_found')
  return access
}

export const welcomeRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/devices/:deviceId/welcomes',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags,
        operationId: 'listWelcomes',
        summary: 'List the Welcomes that wait for this device to acknowledge them [E3]',
        params: deviceParams,
        querystring: pageQuery,
        response: responses(welcomePage, 404),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const device = ownDevice(accessOf(request), request.params.deviceId)
      return deps.queries.welcomes(device, { cursor, limit })
    },
  )

  app.post(
    '/devices/:deviceId/welcomes/ack',
    {
      schema: {
        tags,
        operationId: 'acknowledgeWelcome',
        summary:
          'Acknowledge a Welcome by the revision that names it: this device has joined, with the Welcome or otherwise',
        params: deviceParams,
        body: acknowledgeWelcome,
        response: responses(acknowledgeWelcome, 404, 409, 410),
      },
    },
    async (request) => {
      ownDevice(accessOf(request), request.params.deviceId)
      const { conversationId, revision } = request.body
      await deps.commands.acknowledgeWelcome(conversationId, actorOf(request), revision)
      return { conversationId, revision }
    },
  )
}
