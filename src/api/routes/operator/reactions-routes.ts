import { ProtocolError } from '@backscroll/protocol/errors'
import { actQuery } from '@backscroll/protocol/rest/audit'
import { reactionRetryRequest, reactionsReport } from '@backscroll/protocol/rest/parked-reactions'
import { retryResult } from '@backscroll/protocol/rest/views-control'
import type { ReactionsReport } from '../../../ports/reactions-control.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { actBy, adminOnly } from '../../requests/admin-access.ts'

const tags = ['administration']

const shown = ({ parked, parkedCount }: ReactionsReport) => ({
  parked: parked.map(({ epoch: _, position, ...one }) => ({
    ...one,
    position: position === null ? null : String(position),
  })),
  parkedCount,
})

/** What an operator does about reactions that failed. */
export const reactionsRoutes = (app: Api, { reactions, accounts }: ApiDeps): void => {
  app.get(
    '/admin/reactions',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'getReactions',
        summary: 'List the parked reactions: work that follows from events and could not be done',
        response: responses(reactionsReport, 403),
      },
    },
    async () => shown(await reactions.report()),
  )

  app.post(
    '/admin/reactions/retry',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'retryReaction',
        summary: 'Retry the parked reactions of a stream, from the event at which it stopped',
        body: reactionRetryRequest,
        querystring: actQuery,
        response: responses(retryResult, 403, 404),
      },
    },
    async (request) => {
      const { body } = request
      await accounts.trail.keep(actBy(request), 'retry_reaction', { process: body.process, stream: body.stream })
      const outcome = await reactions.retry(body.process, body.stream)
      if (outcome === 'unknown') throw new ProtocolError('not_found', 'This stream is not parked for this process')
      return { parked: outcome === 'parked' }
    },
  )
}
