import {
  adminDeviceParams,
  foundUser,
  newAccount,
  person,
  registered,
  roleChange,
  userLookup,
  userParams,
} from '@backscroll/protocol/rest/accounts'
import { done } from '@backscroll/protocol/rest/done'
import { defined } from '../../../edge/omit-undefined.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, requireRole } from '../../requests/request-access.ts'

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

export const administrationRoutes = (app: Api, { accounts }: ApiDeps): void => {
  const { administration } = accounts
  const tags = ['administration']
  const adminOnly = {
    preHandler: async (request: Parameters<typeof accessOf>[0]) => requireRole(accessOf(request), 'admin'),
  }

  app.put(
    '/admin/users/:userId/roles',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'setRoles',
        summary: 'Set the roles of a user',
        params: userParams,
        body: roleChange,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.setRoles(request.params.userId, request.body.roles)),
  )

  app.post(
    '/admin/users/:userId/deactivation',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'deactivateUser',
        summary: 'Deactivate an account: its tokens are refused and its sockets close',
        params: userParams,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.deactivate(request.params.userId)),
  )

  app.delete(
    '/admin/users/:userId/deactivation',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'reactivateUser',
        summary: 'Reactivate an account',
        params: userParams,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(administration.reactivate(request.params.userId)),
  )

  app.delete(
    '/admin/users/:userId/second-factor',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'resetSecondFactor',
        summary: 'Remove the second factor of a user who has lost it: the password alone is enough again',
        params: userParams,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(accounts.secondFactors.reset(request.params.userId, accessOf(request).userId)),
  )

  app.delete(
    '/admin/users/:userId/devices/:deviceId',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'revokeDeviceOfUser',
        summary: 'Revoke a device of a user who has lost it and cannot sign in',
        params: adminDeviceParams,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(administration.revokeDevice(request.params.userId, request.params.deviceId)),
  )

  app.delete(
    '/admin/users/:userId',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'eraseUser',
        summary: 'Erase an account and everything that is stored about the person',
        params: userParams,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.erase(request.params.userId)),
  )
}
