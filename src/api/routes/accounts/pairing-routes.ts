import { recoveryRecord } from '@backscroll/protocol/recovery-record'
import { done } from '@backscroll/protocol/rest/done'
import { recoveryBlob } from '@backscroll/protocol/rest/identity'
import {
  pairing,
  pairingList,
  pairingMessageNumber,
  pairingMessages,
  pairingMessagesQuery,
  pairingParams,
  pairingPayload,
} from '@backscroll/protocol/rest/pairings'
import type { Pairing } from '../../../ports/identity/pairing-records.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['devices']

const shown = ({ pairingId, deviceId, createdAt, expiresAt }: Pairing) => ({
  pairingId,
  deviceId,
  createdAt,
  expiresAt,
})

/** How a new device is approved: by an existing one, over a relay of opaque messages, or with what the recovery key opens. */
export const pairingRoutes = (app: Api, { accounts }: ApiDeps): void => {
  app.post(
    '/pairings',
    {
      schema: {
        tags,
        operationId: 'openPairing',
        summary: 'Ask your other devices to approve this one',
        response: responses(pairing),
      },
    },
    async (request) => shown(await accounts.pairings.open(actorOf(request))),
  )

  app.get(
    '/pairings',
    {
      schema: {
        tags,
        operationId: 'listPairings',
        summary: 'List the devices that ask to be approved',
        response: responses(pairingList),
      },
    },
    async (request) => ({ pairings: (await accounts.pairings.list(accessOf(request).userId)).map(shown) }),
  )

  app.delete(
    '/pairings/:pairingId',
    {
      schema: {
        tags,
        operationId: 'refusePairing',
        summary: 'Refuse a device that asks to be approved, or stop asking',
        params: pairingParams,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(accounts.pairings.refuse(actorOf(request), request.params.pairingId)),
  )

  app.post(
    '/pairings/:pairingId/messages',
    {
      schema: {
        tags,
        operationId: 'sendPairingMessage',
        summary: 'Send an opaque message to the other device',
        params: pairingParams,
        body: pairingPayload,
        response: responses(pairingMessageNumber, 404),
      },
    },
    async (request) => ({
      number: await accounts.pairings.send(actorOf(request), request.params.pairingId, request.body.payload),
    }),
  )

  app.get(
    '/pairings/:pairingId/messages',
    {
      schema: {
        tags,
        operationId: 'listPairingMessages',
        summary: 'List the messages of a pairing, from both devices',
        params: pairingParams,
        querystring: pairingMessagesQuery,
        response: responses(pairingMessages, 404),
      },
    },
    async (request) => {
      const { userId } = accessOf(request)
      const messages = await accounts.pairings.read(userId, request.params.pairingId, request.query.after)
      return { messages: messages.map(({ number, deviceId, payload, at }) => ({ number, deviceId, payload, at })) }
    },
  )

  app.get(
    '/me/recovery',
    {
      schema: {
        tags: ['me'],
        operationId: 'getRecoveryRecord',
        summary: 'Get what your recovery key opens',
        response: responses(recoveryBlob, 404),
      },
    },
    async (request) => accounts.recovery.read(accessOf(request).userId),
  )
}

/** Only the identity key may replace it, through a certified device. */
export const recoveryRoutes = (app: Api, { accounts }: ApiDeps): void => {
  app.put(
    '/me/recovery',
    {
      schema: {
        tags: ['me'],
        operationId: 'storeRecoveryRecord',
        summary: 'Store what your recovery key opens: opaque bytes, signed by the identity key',
        body: recoveryRecord,
        response: responses(done, 404, 409),
      },
    },
    async (request) => doneAfter(accounts.recovery.write(accessOf(request).userId, request.body)),
  )
}
