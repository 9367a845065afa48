import { foundUser, newAccount, person, registered, userLookup, userParams } from '@backscroll/protocol/rest/accounts'
import { defined } from '../../../edge/omit-undefined.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf } from '../../requests/request-access.ts'

/** Needs no token: the caller has no account yet. */
export const registrationRoutes = (app: Api, { accounts }: ApiDeps): void => {
  app.post(
    '/accounts',
    {
      schema: {
        tags: ['accounts'],
        operationId: 'registerAccount',
        summary: 'Register an account',
        security: [],
        body: newAccount,
        response: responses(registered, 403, 409),
      },
    },
    async (request) => accounts.registration.register(defined(request.body), { address: request.ip }),
  )
}

/** The login name is in the body, because addresses of requests are in the logs of proxies. */
export const lookupRoutes = (app: Api, { lookUpUser }: ApiDeps): void => {
  app.post(
    '/users/lookup',
    {
      schema: {
        tags: ['accounts'],
        operationId: 'lookUpUser',
        summary: 'Look up the user id of a login name, of a person who lets others find them',
        body: userLookup,
        response: responses(foundUser, 404),
      },
    },
    async (request) => ({
      userId: await lookUpUser({ by: accessOf(request).userId, address: request.ip, login: request.body.login }),
    }),
  )
}

export const personRoutes = (app: Api, { accounts }: ApiDeps): void => {
  app.get(
    '/users/:userId',
    {
      schema: {
        tags: ['accounts'],
        operationId: 'getUser',
        summary: 'Get the profile of a user',
        params: userParams,
        response: responses(person, 404),
      },
    },
    async (request) => {
      const { userId, profile, identityKey } = await accounts.own.read(request.params.userId)
      return { userId, ...profile, identityKey }
    },
  )
}
