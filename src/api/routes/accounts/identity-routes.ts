import { done } from '@backscroll/protocol/rest/done'
import { identityRenewal, identityReset, signedRevocation } from '@backscroll/protocol/rest/identity'
import { defined } from '../../../edge/omit-undefined.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf, requireProofOf } from '../../requests/request-access.ts'

/** For a device that has nothing but a token, and a person who has lost everything else. */
export const beginAnewRoutes = (app: Api, { accounts, proofs }: ApiDeps): void => {
  app.post(
    '/me/identity/reset',
    {
      schema: {
        tags: ['me'],
        operationId: 'beginAnew',
        summary:
          'Start again with a new identity key, with a DPoP proof by the key of the device that is registered. All other devices are revoked',
        body: identityReset,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => {
      await requireProofOf(request, request.body.signatureKey, proofs)
      return doneAfter(accounts.identities.reset(actorOf(request), accessOf(request), defined(request.body)))
    },
  )
}

export const identityRoutes = (app: Api, { accounts }: ApiDeps): void => {
  app.post(
    '/devices/revocations',
    {
      schema: {
        tags: ['devices'],
        operationId: 'revokeDevices',
        summary: 'Revoke devices by a signed statement, which other users see',
        body: signedRevocation,
        response: responses(done, 404, 409),
      },
    },
    async (request) => doneAfter(accounts.identities.revoke(actorOf(request), request.body.statement)),
  )

  app.post(
    '/me/identity/renewal',
    {
      schema: {
        tags: ['me'],
        operationId: 'renewIdentity',
        summary: 'Replace your identity key, signed by the old one',
        body: identityRenewal,
        response: responses(done, 404, 409),
      },
    },
    async (request) => doneAfter(accounts.identities.renew(actorOf(request), defined(request.body))),
  )
}
