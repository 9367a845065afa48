import { ProtocolError } from '@backscroll/protocol/errors'
import { deviceParams } from '@backscroll/protocol/rest/devices'
import { done } from '@backscroll/protocol/rest/done'
import { pushOffer, pushPreferences, pushTarget } from '@backscroll/protocol/rest/push'
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../../domain/ids.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['push']

/** A device sets only its own target, not that of another device of the same user. */
const ownDevice = (request: FastifyRequest, deviceId: string): Actor => {
  const actor = actorOf(request)
  if (actor.deviceId !== deviceId) throw new ProtocolError('not_found')
  return actor
}

const targetRoutes = (app: Api, { accounts: { push } }: ApiDeps): void => {
  app.put(
    '/devices/:deviceId/push',
    {
      schema: {
        tags,
        operationId: 'registerPush',
        summary: 'Say where this device is woken when messages wait for it; repeat it now and then',
        params: deviceParams,
        body: pushTarget,
        response: responses(done, 404, 409),
      },
    },
    (request) => doneAfter(push.register(ownDevice(request, request.params.deviceId), request.body)),
  )

  app.delete(
    '/devices/:deviceId/push',
    {
      schema: {
        tags,
        operationId: 'unregisterPush',
        summary: 'Wake this device no more',
        params: deviceParams,
        response: responses(done, 404),
      },
    },
    (request) => doneAfter(push.unregister(ownDevice(request, request.params.deviceId))),
  )
}

export const pushRoutes = (app: Api, deps: ApiDeps): void => {
  const { push } = deps.accounts
  targetRoutes(app, deps)
  app.get(
    '/push',
    {
      schema: {
        tags,
        operationId: 'getPush',
        summary: 'Get the ways in which this server wakes devices',
        response: responses(pushOffer),
      },
    },
    () => push.offer(),
  )

  app.get(
    '/me/push',
    {
      schema: {
        tags,
        operationId: 'getPushPreferences',
        summary: 'Get when you want no wake-ups',
        response: responses(pushPreferences),
      },
    },
    (request) => push.preferences(accessOf(request).userId),
  )

  app.put(
    '/me/push',
    {
      schema: {
        tags,
        operationId: 'changePushPreferences',
        summary: 'Say when you want no wake-ups',
        body: pushPreferences,
        response: responses(pushPreferences),
      },
    },
    (request) => push.change(accessOf(request).userId, request.body),
  )
}
