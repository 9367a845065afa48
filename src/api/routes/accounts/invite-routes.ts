import { done } from '@backscroll/protocol/rest/done'
import {
  invite,
  inviteList,
  inviteParams,
  inviteToken,
  newInvite,
  redeemedInvite,
} from '@backscroll/protocol/rest/invites'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf } from '../../requests/request-access.ts'

const tags = ['invites']

/** What its maker is shown; the maker's own id is left out. */
const shown = ({ userId: _maker, ...rest }: Awaited<ReturnType<ApiDeps['invites']['create']>>) => rest

const ownInviteRoutes = (app: Api, { invites }: ApiDeps): void => {
  app.post(
    '/invites',
    {
      schema: {
        tags,
        operationId: 'createInvite',
        summary: 'Create an invite: its holder may write to you without a request',
        body: newInvite,
        response: responses(invite, 409),
      },
    },
    async (request) => shown(await invites.create(accessOf(request).userId, request.body)),
  )

  app.get(
    '/invites',
    {
      schema: {
        tags,
        operationId: 'listInvites',
        summary: 'Your invites that have not expired, the newest first',
        response: responses(inviteList),
      },
    },
    async (request) => ({ items: (await invites.list(accessOf(request).userId)).map(shown) }),
  )

  app.delete(
    '/invites/:inviteId',
    {
      schema: {
        tags,
        operationId: 'revokeInvite',
        summary: 'Take an invite back: nobody can use it any more',
        params: inviteParams,
        response: responses(done, 404),
      },
    },
    (request) => doneAfter(invites.revoke(accessOf(request).userId, request.params.inviteId)),
  )
}

export const inviteRoutes = (app: Api, deps: ApiDeps): void => {
  ownInviteRoutes(app, deps)
  app.post(
    '/invites/redeem',
    {
      schema: {
        tags,
        operationId: 'redeemInvite',
        summary: 'Use the invite that you hold: its maker lets you write without asking',
        body: inviteToken,
        response: responses(redeemedInvite, 404),
      },
    },
    async (request) => {
      const { userId: by } = accessOf(request)
      return { userId: await deps.invites.redeem({ by, address: request.ip, token: request.body.token }) }
    },
  )
}
