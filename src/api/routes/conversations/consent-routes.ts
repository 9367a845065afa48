import { commandResult } from '@backscroll/protocol/rest/command-result'
import { blockList, blockParams, consentChange, consentSettings, requestList } from '@backscroll/protocol/rest/consent'
import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { done } from '@backscroll/protocol/rest/done'
import type { FastifyRequest } from 'fastify'
import { defined } from '../../../edge/omit-undefined.ts'
import { commandResultOf } from '../../answers/command-result-of.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { ofCommands, responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['consent']

const settingsRoutes = (app: Api, { consent }: ApiDeps): void => {
  app.get(
    '/consent',
    {
      schema: {
        tags,
        operationId: 'getConsent',
        summary: 'Get who may start conversations with you without asking',
        response: responses(consentSettings),
      },
    },
    (request) => consent.settings(accessOf(request).userId),
  )

  app.patch(
    '/consent',
    {
      schema: {
        tags,
        operationId: 'changeConsent',
        summary: 'Change who may start conversations with you without asking',
        body: consentChange,
        response: responses(consentSettings, 410),
      },
    },
    (request) => consent.change(actorOf(request), defined(request.body)),
  )
}

const requestRoutes = (app: Api, { consent }: ApiDeps): void => {
  app.get(
    '/requests',
    {
      schema: {
        tags,
        operationId: 'listRequests',
        summary: 'List the conversations that wait for your answer, oldest first',
        response: responses(requestList),
      },
    },
    async (request) => ({ items: await consent.requests(accessOf(request).userId) }),
  )

  app.post(
    '/requests/:conversationId/accept',
    {
      schema: {
        tags,
        operationId: 'acceptRequest',
        summary: 'Accept a conversation: everything since the request comes with the next sync',
        params: conversationParams,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { conversationId } = request.params
      return commandResultOf(conversationId, await consent.accept(actorOf(request), conversationId))
    },
  )

  app.post(
    '/requests/:conversationId/decline',
    {
      schema: {
        tags,
        operationId: 'declineRequest',
        summary: 'Decline a conversation: you leave the group; in a direct conversation nobody else is told',
        params: conversationParams,
        response: responses(done, ...ofCommands),
      },
    },
    async (request) => doneAfter(consent.decline(actorOf(request), request.params.conversationId)),
  )
}

const blockRoutes = (app: Api, { consent, presence }: ApiDeps): void => {
  /** Blocked users do not see each other online. */
  const hidden = async (request: FastifyRequest, change: Promise<void>) => {
    const answer = await doneAfter(change)
    presence.rulesChanged(accessOf(request).userId)
    return answer
  }

  app.get(
    '/blocks',
    {
      schema: {
        tags,
        operationId: 'listBlocks',
        summary: 'List the users whom you have blocked',
        response: responses(blockList),
      },
    },
    async (request) => ({ items: await consent.blocks(accessOf(request).userId) }),
  )

  app.put(
    '/blocks/:userId',
    {
      schema: {
        tags,
        operationId: 'blockUser',
        summary:
          'Block a user: no request gets through, and your direct conversation leaves your inbox. Nobody else is told',
        params: blockParams,
        response: responses(done, 404, 409, 410),
      },
    },
    async (request) => hidden(request, consent.block(actorOf(request), request.params.userId)),
  )

  app.delete(
    '/blocks/:userId',
    {
      schema: {
        tags,
        operationId: 'unblockUser',
        summary: 'Unblock a user',
        params: blockParams,
        response: responses(done, 410),
      },
    },
    async (request) => hidden(request, consent.unblock(actorOf(request), request.params.userId)),
  )
}

/** What a user wants of others. */
export const consentRoutes = (app: Api, deps: ApiDeps): void => {
  settingsRoutes(app, deps)
  requestRoutes(app, deps)
  blockRoutes(app, deps)
}
