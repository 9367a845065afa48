import { adminDeviceParams, roleChange, userParams } from '@backscroll/protocol/rest/accounts'
import { deactivationQuery } from '@backscroll/protocol/rest/administration'
import { actQuery } from '@backscroll/protocol/rest/audit'
import { done } from '@backscroll/protocol/rest/done'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actBy, adminOnly } from '../../requests/admin-access.ts'

/** Lets admins manage other users' accounts. */
export const administrationRoutes = (app: Api, { accounts }: ApiDeps): void => {
  const { administration } = accounts
  const tags = ['administration']

  app.put(
    '/admin/users/:userId/roles',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'setRoles',
        summary: 'Set the roles of a user',
        params: userParams,
        querystring: actQuery,
        body: roleChange,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.setRoles(actBy(request), request.params.userId, request.body.roles)),
  )

  app.post(
    '/admin/users/:userId/deactivation',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'deactivateUser',
        summary: 'Deactivate an account, for good or for a time: its tokens are refused and its sockets close',
        params: userParams,
        querystring: deactivationQuery,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.deactivate(actBy(request), request.params.userId, request.query.until)),
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
        querystring: actQuery,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(administration.reactivate(actBy(request), request.params.userId)),
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
        querystring: actQuery,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(accounts.secondFactors.reset(request.params.userId, actBy(request))),
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
        querystring: actQuery,
        response: responses(done, 403, 404),
      },
    },
    async (request) =>
      doneAfter(administration.revokeDevice(actBy(request), request.params.userId, request.params.deviceId)),
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
        querystring: actQuery,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => doneAfter(administration.erase(actBy(request), request.params.userId)),
  )
}
