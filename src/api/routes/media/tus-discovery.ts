import { checksumAlgorithms } from '../../../media/tus/checksums.ts'
import { tusExtensions } from '../../../media/tus/tus-server.ts'
import { bodiless, refusals } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'

export const uploadsPath = '/media/uploads'
export const tusVersion = '1.0.0'

/** What this server can do, for tus clients that ask before they sign in. */
export const tusDiscovery = (app: Api, { media }: ApiDeps): void => {
  const headers = {
    'tus-resumable': tusVersion,
    'tus-version': tusVersion,
    'tus-extension': tusExtensions.join(','),
    'tus-max-size': media.maxBytes,
    'tus-checksum-algorithm': checksumAlgorithms.join(','),
  }
  app.options(
    uploadsPath,
    {
      schema: {
        tags: ['media'],
        operationId: 'describeUploads',
        summary: 'Get the version, the extensions and the largest size of uploads, in headers (tus 1.0) [U1]',
        security: [],
        response: {
          ...bodiless(204, 'The answer is in Tus-Version, Tus-Extension, Tus-Max-Size and Tus-Checksum-Algorithm.'),
          ...refusals([429, 503]),
        },
      },
    },
    async (_request, reply) => reply.code(204).headers(headers).send(),
  )
}
