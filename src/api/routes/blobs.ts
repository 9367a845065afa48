import { z } from 'zod'
import { ProtocolError } from '../../protocol/errors.ts'
import { accessOf } from '../access.ts'
import type { Api, ApiDeps } from '../deps.ts'
import { pacedRead } from '../paced-reads.ts'
import { atLeast } from '../position.ts'
import { responses } from '../responses.ts'
import { blobParams } from '../schemas/groups.ts'

export const blobRoutes = (app: Api, deps: ApiDeps): void => {
  app.get(
    '/conversations/:conversationId/blobs/:hash',
    {
      preHandler: pacedRead(deps),
      schema: {
        tags: ['encryption'],
        summary: 'The bytes of a commit, Welcome or GroupInfo that an event names [E3]',
        params: blobParams,
        querystring: z.strictObject({ atLeast }),
        response: responses(z.unknown().describe('application/octet-stream: the bytes.'), 404),
      },
    },
    async (request, reply) => {
      const { conversationId, hash } = request.params
      await deps.queries.mayReadBlob(accessOf(request).userId, conversationId, hash)
      const bytes = await deps.blobs.get(hash)
      if (bytes === undefined) throw new ProtocolError('not_found')
      return reply.type('application/octet-stream').send(Buffer.from(bytes))
    },
  )
}
