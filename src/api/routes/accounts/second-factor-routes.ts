import { done } from '@backscroll/protocol/rest/done'
import {
  codeOfApp,
  creationOptions,
  factorStatus,
  newPasskey,
  offeredTotp,
  passkeyParams,
  recoveryCodes,
  withPassword,
} from '@backscroll/protocol/rest/second-factor'
import { defined } from '../../../edge/omit-undefined.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['second factor']

/** What is asked for besides the password. Each change needs the present password. */
export const secondFactorRoutes = (app: Api, { accounts }: ApiDeps): void => {
  const { secondFactors, passkeys } = accounts

  app.get(
    '/me/second-factor',
    {
      schema: {
        tags,
        operationId: 'getSecondFactor',
        summary: 'Get your second factors',
        response: responses(factorStatus),
      },
    },
    async (request) => {
      const { userId } = accessOf(request)
      const shown = (await passkeys.list(userId)).map(({ credentialId, name, addedAt, usedAt }) => ({
        credentialId,
        name,
        addedAt,
        usedAt,
      }))
      return { ...(await secondFactors.status(userId)), passkeys: shown }
    },
  )

  app.post(
    '/me/second-factor/totp',
    {
      schema: {
        tags,
        operationId: 'beginTotp',
        summary: 'Begin to set up an authenticator app: it counts once it is confirmed',
        body: withPassword,
        response: responses(offeredTotp, 403, 404, 409),
      },
    },
    async (request) => secondFactors.offerTotp(actorOf(request), request.body.password),
  )

  app.post(
    '/me/second-factor/totp/confirmation',
    {
      schema: {
        tags,
        operationId: 'confirmTotp',
        summary: 'Confirm the authenticator app with a first code',
        body: codeOfApp,
        response: responses(recoveryCodes, 403, 404),
      },
    },
    async (request) => secondFactors.confirmTotp(actorOf(request), request.body.code),
  )

  app.delete(
    '/me/second-factor/totp',
    {
      schema: {
        tags,
        operationId: 'removeTotp',
        summary: 'Remove the authenticator app',
        body: withPassword,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(secondFactors.removeTotp(actorOf(request), request.body.password)),
  )

  app.post(
    '/me/second-factor/recovery-codes',
    {
      schema: {
        tags,
        operationId: 'renewRecoveryCodes',
        summary: 'Replace your recovery codes',
        body: withPassword,
        response: responses(recoveryCodes, 403, 404),
      },
    },
    async (request) => ({
      recoveryCodes: await secondFactors.renewRecoveryCodes(actorOf(request), request.body.password),
    }),
  )

  app.post(
    '/me/passkeys/options',
    {
      schema: {
        tags,
        operationId: 'beginPasskey',
        summary: 'Begin to add a passkey: get the options for the authenticator',
        body: withPassword,
        response: responses(creationOptions, 403, 404),
      },
    },
    async (request) => ({ ...(await passkeys.offer(actorOf(request), request.body.password)) }),
  )

  app.post(
    '/me/passkeys',
    {
      schema: {
        tags,
        operationId: 'addPasskey',
        summary: 'Add the passkey that the authenticator created',
        body: newPasskey,
        response: responses(recoveryCodes, 403, 404, 409),
      },
    },
    async (request) => {
      const { answer, name = null } = request.body
      const response = defined(answer.response)
      return {
        recoveryCodes: await passkeys.add(actorOf(request), { ...answer, response, clientExtensionResults: {} }, name),
      }
    },
  )

  app.delete(
    '/me/passkeys/:credentialId',
    {
      schema: {
        tags,
        operationId: 'removePasskey',
        summary: 'Remove a passkey',
        params: passkeyParams,
        body: withPassword,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(passkeys.remove(actorOf(request), request.params.credentialId, request.body.password)),
  )
}
