import { ProtocolError } from '@backscroll/protocol/errors'
import { userParams } from '@backscroll/protocol/rest/accounts'
import { deviceParams } from '@backscroll/protocol/rest/devices'
import { claimed, claimRequest, keyPackageCount, offeredKeyPackages } from '@backscroll/protocol/rest/key-packages'
import type { FastifyRequest } from 'fastify'
import { defined } from '../../../edge/omit-undefined.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['devices']

/** A device publishes only for itself: it alone has the private halves. */
const requireOwn = (request: FastifyRequest, deviceId: string): void => {
  if (accessOf(request).deviceId !== deviceId) throw new ProtocolError('not_found')
}

/** The key directory [E2]. */
export const keyPackageRoutes = (app: Api, { accounts }: ApiDeps): void => {
  const { keyPackages } = accounts

  app.post(
    '/devices/:deviceId/key-packages',
    {
      schema: {
        tags,
        operationId: 'publishKeyPackages',
        summary: 'Publish key packages of this device',
        params: deviceParams,
        body: offeredKeyPackages,
        response: responses(keyPackageCount, 404, 409),
      },
    },
    async (request) => {
      requireOwn(request, request.params.deviceId)
      return keyPackages.publish(actorOf(request), defined(request.body))
    },
  )

  app.get(
    '/devices/:deviceId/key-packages/count',
    {
      schema: {
        tags,
        operationId: 'countKeyPackages',
        summary: 'Count the key packages that one of your devices has left',
        params: deviceParams,
        response: responses(keyPackageCount),
      },
    },
    async (request) => keyPackages.count(accessOf(request).userId, request.params.deviceId),
  )

  app.post(
    '/users/:userId/key-packages/claim',
    {
      schema: {
        tags,
        operationId: 'claimKeyPackages',
        summary: 'Claim one key package of each device of a user, to add the devices to a group',
        params: userParams,
        body: claimRequest,
        response: responses(claimed, 404),
      },
    },
    async (request) => {
      const { userId } = request.params
      const claim = await keyPackages.claim(actorOf(request), userId, request.body.claimId)
      return { ...claim, statements: [...(await keyPackages.statements(userId))] }
    },
  )
}
