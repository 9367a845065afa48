import { done } from '@backscroll/protocol/rest/done'
import { accountChange, confirmation, ownAccount, passwordChange } from '@backscroll/protocol/rest/me'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { defined } from '../../../edge/omit-undefined.ts'
import type { OwnChange } from '../../../identity/accounts/users/own-account.ts'
import type { Account } from '../../../ports/identity/account-records.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['me']

const answer = (request: FastifyRequest, { login, profile, privacy, settings, identityKey }: Account) => {
  const { userId, deviceId, roles, expiresAt } = accessOf(request)
  const token = { userId, deviceId, roles: [...roles], expiresAt: Math.floor(expiresAt) }
  return { ...token, login, ...profile, privacy, settings, identityKey }
}

const changeOf = ({ displayName, about, privacy, settings }: z.output<typeof accountChange>): OwnChange =>
  defined({ profile: defined({ displayName, about }), privacy: privacy && defined(privacy), settings })

export const meRoutes = (app: Api, { accounts, presence }: ApiDeps): void => {
  const { own } = accounts

  app.get(
    '/me',
    { schema: { tags, operationId: 'getMe', summary: 'Get your own account', response: responses(ownAccount, 404) } },
    async (request) => answer(request, await own.read(accessOf(request).userId)),
  )

  app.patch(
    '/me',
    {
      schema: {
        tags,
        operationId: 'changeMe',
        summary: 'Change your profile, privacy or settings',
        body: accountChange,
        response: responses(ownAccount, 404),
      },
    },
    async (request) => {
      const { userId } = accessOf(request)
      const account = await own.change(userId, changeOf(request.body))
      if (request.body.privacy !== undefined) presence.rulesChanged(userId)
      return answer(request, account)
    },
  )

  app.post(
    '/me/password',
    {
      schema: {
        tags,
        operationId: 'changePassword',
        summary: 'Change your password: every other device has to sign in again',
        body: passwordChange,
        response: responses(done, 403, 404),
      },
    },
    async (request) => doneAfter(own.changePassword(actorOf(request), request.body.current, request.body.next)),
  )

  app.post(
    '/me/deactivation',
    {
      schema: {
        tags,
        operationId: 'deactivateMe',
        summary: 'Deactivate your account; only an admin can reactivate it',
        body: confirmation,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => {
      await own.confirm(actorOf(request), request.body.password)
      return doneAfter(own.deactivate(actorOf(request)))
    },
  )

  app.post(
    '/me/erasure',
    {
      schema: {
        tags,
        operationId: 'eraseMe',
        summary: 'Erase your account and everything that is stored about you, permanently',
        body: confirmation,
        response: responses(done, 403, 404, 409),
      },
    },
    async (request) => {
      await own.confirm(actorOf(request), request.body.password)
      return doneAfter(own.erase(actorOf(request)))
    },
  )
}
