import { ProtocolError } from '@backscroll/protocol/errors'
import { blobParams } from '@backscroll/protocol/rest/groups'
import { positionQuery } from '@backscroll/protocol/rest/query-values'
import { z } from 'zod'
import { always, notModified, responsesOf } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { isTagged, unchanging } from '../../docs/static-files.ts'
import { pacedRead } from '../../http/paced-reads.ts'
import { accessOf } from '../../requests/request-access.ts'

/** Loose: what is checked takes the place of the request's headers. */
const ifNoneMatch = z.looseObject({
  'if-none-match': z.string().optional().describe('The ETag of the bytes that you have.'),
})

export const blobRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/blobs/:hash',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['encryption'],
        operationId: 'getBlob',
        summary: 'Get the bytes of a commit, Welcome or GroupInfo that an event names [E3]',
        params: blobParams,
        querystring: positionQuery,
        headers: ifNoneMatch,
        response: {
          ...responsesOf('application/octet-stream', ...always, 404),
          304: notModified('The bytes are those that you have.'),
        },
      },
    },
    async (request, reply) => {
      const { conversationId, hash } = request.params
      await deps.queries.mayReadBlob(accessOf(request).userId, conversationId, hash)
      // It never changes; but a cache gives it only to a client that sent a token of its own.
      reply.headers({ etag: `"${hash}"`, vary: 'Authorization', 'cache-control': `private, ${unchanging}` })
      if (isTagged(request.headers['if-none-match'], `"${hash}"`)) return reply.code(304).send()
      const bytes = await deps.blobs.get(hash)
      if (bytes === undefined) throw new ProtocolError('not_found')
      return reply.type('application/octet-stream').send(Buffer.from(bytes))
    },
  )
}
