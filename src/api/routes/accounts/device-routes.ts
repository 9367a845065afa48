import { ProtocolError } from '@backscroll/protocol/errors'
import { userParams } from '@backscroll/protocol/rest/accounts'
import { certifiedDevices, deviceList, deviceName, deviceParams, newDevice } from '@backscroll/protocol/rest/devices'
import { done } from '@backscroll/protocol/rest/done'
import { defined } from '../../../edge/omit-undefined.ts'
import type { Access } from '../../../ports/identity/access.ts'
import type { Device } from '../../../ports/identity/device-records.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf, requireProofOf } from '../../requests/request-access.ts'

const tags = ['devices']

const chainOf = ({ chain }: Device) => (chain === undefined ? {} : { chain: [...chain] })

const shown = (device: Device) => {
  const { deviceId, name, signatureKey, certificate, addedAt } = device
  return { deviceId, name, signatureKey, certificate, ...chainOf(device), addedAt }
}

const certified = (device: Device) => {
  const { deviceId, signatureKey, certificate } = device
  if (signatureKey === null || certificate === null) return []
  return [{ deviceId, signatureKey, certificate, ...chainOf(device) }]
}

/** For a device that is not registered yet: its token is believed here, and nowhere else. */
export const newDeviceRoutes = (app: Api, { accounts, proofs }: ApiDeps): void => {
  app.get(
    '/devices',
    {
      schema: { tags, operationId: 'listDevices', summary: 'List your devices', response: responses(deviceList, 404) },
    },
    async (request) => {
      const { userId } = accessOf(request)
      const { identityKey, devices, statements } = await accounts.devices.list(userId)
      const room = await accounts.devices.room(userId)
      return { identityKey, devices: devices.map(shown), statements: [...statements], ...room }
    },
  )

  app.post(
    '/devices',
    {
      schema: {
        tags,
        operationId: 'registerDevice',
        summary: 'Register the device that your token names, with a DPoP proof by the key that is registered',
        body: newDevice,
        response: responses(done, 404, 409),
      },
    },
    async (request) => {
      await requireProofOf(request, request.body.signatureKey, proofs)
      return doneAfter(accounts.devices.register(actorOf(request), defined(request.body)))
    },
  )
}

/** Device ids tell what to attack, so strangers learn nothing, not even that there is something to learn [R4]. */
const requireAcquaintance = async ({ userId, roles }: Access, otherId: string, queries: ApiDeps['queries']) => {
  if (userId === otherId || roles.includes('admin')) return
  if (!(await queries.sharesConversation(userId, otherId))) throw new ProtocolError('not_found')
}

export const deviceRoutes = (app: Api, { accounts, queries }: ApiDeps): void => {
  app.patch(
    '/devices/:deviceId',
    {
      schema: {
        tags,
        operationId: 'nameDevice',
        summary: 'Rename a device',
        params: deviceParams,
        body: deviceName,
        response: responses(done, 404),
      },
    },
    async (request) => doneAfter(accounts.devices.rename(actorOf(request), request.params.deviceId, request.body.name)),
  )

  app.delete(
    '/devices/:deviceId',
    {
      schema: {
        tags,
        operationId: 'revokeDevice',
        summary: 'Revoke a device: its tokens are refused, its sockets close, and its id is never used again',
        params: deviceParams,
        response: responses(done, 404),
      },
    },
    async (request) => doneAfter(accounts.devices.revoke(actorOf(request), request.params.deviceId)),
  )

  app.get(
    '/users/:userId/devices',
    {
      schema: {
        tags,
        operationId: 'listDevicesOfUser',
        summary: 'List the certified devices of a user with whom you share a conversation',
        params: userParams,
        response: responses(certifiedDevices, 404),
      },
    },
    async (request) => {
      await requireAcquaintance(accessOf(request), request.params.userId, queries)
      const { identityKey, devices, statements } = await accounts.devices.list(request.params.userId)
      return { identityKey, devices: devices.flatMap(certified), statements: [...statements] }
    },
  )
}
