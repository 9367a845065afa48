import { ProtocolError } from '@backscroll/protocol/errors'
import { mediaParams } from '@backscroll/protocol/rest/media'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { always, bodiless, bytesBody, refusals } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { allowLongBody, endUnreadBody } from '../../http/long-bodies.ts'
import { accessOf } from '../../requests/request-access.ts'
import { uploadsPath as path, tusVersion as version } from './tus-discovery.ts'

const tags = ['media']

const count = z.string().regex(/^\d{1,15}$/)
const checksum = {
  'upload-checksum': z
    .string()
    .max(200)
    .optional()
    .describe('sha256 or sha1, a space, and the Base64 of the hash of the body. Without a match nothing is kept.'),
}
const resumable = { 'tus-resumable': z.string().optional().describe('Must be 1.0.0.') }

/** Loose, because the parsed value replaces the request's headers. */
const creation = z.looseObject({
  ...resumable,
  ...checksum,
  'upload-length': count.optional().describe('The bytes of the whole file.'),
  'upload-metadata': z.string().max(4096).optional().describe('Must have the form that tus defines. It is not stored.'),
})
const position = z.looseObject({
  ...resumable,
  ...checksum,
  'upload-offset': count.optional().describe('The number of bytes that have arrived.'),
})
const onlyVersion = z.looseObject(resumable)

const requireVersion = async ({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> => {
  if (headers['tus-resumable'] === version) return
  reply.header('tus-version', version)
  throw new ProtocolError('unsupported_tus')
}

const headersOf = ({ headers }: FastifyRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )

const bodyOf = ({ body }: FastifyRequest): AsyncIterable<Uint8Array> | undefined =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body
    ? (body as AsyncIterable<Uint8Array>)
    : undefined

/** [U1]-[U4] Uploads by the protocol tus 1.0. They can be interrupted at any byte and continued. */
export const tusRoutes = (app: Api, { media }: ApiDeps): void => {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { userId } = accessOf(request)
    const { method, url } = request
    const leave = media.transfers.enter(userId)
    try {
      allowLongBody(request, reply)
      const { status, headers } = await media.tus({
        userId,
        method,
        url,
        headers: headersOf(request),
        body: bodyOf(request),
      })
      return reply.code(status).headers(headers).send()
    } catch (error) {
      endUnreadBody(request, reply)
      throw error
    } finally {
      leave()
    }
  }
  const onRequest = requireVersion
  const changed = { ...bodiless(204, 'Done'), ...refusals([...always, 403, 404, 409, 412, 413, 423, 460]) }

  app.post(
    path,
    {
      onRequest,
      schema: {
        tags,
        operationId: 'createUpload',
        summary: 'Create an upload (tus 1.0). The body, if any, holds the first bytes [U1]',
        headers: creation,
        response: {
          ...bodiless(201, 'The Location header names the upload.'),
          ...refusals([...always, 403, 412, 413, 423, 460]),
        },
      },
    },
    answer,
  )
  app.head(`${path}/:mediaId`, { onRequest, schema: { params: mediaParams, headers: onlyVersion } }, answer)
  app.patch(
    `${path}/:mediaId`,
    {
      onRequest,
      schema: {
        tags,
        operationId: 'continueUpload',
        summary: 'Send more bytes of a file, as application/offset+octet-stream. HEAD returns the offset [U2]',
        params: mediaParams,
        headers: position,
        consumes: ['application/offset+octet-stream'],
        body: bytesBody,
        response: changed,
      },
    },
    answer,
  )
  app.delete(
    `${path}/:mediaId`,
    {
      onRequest,
      schema: {
        tags,
        operationId: 'deleteUpload',
        summary: 'Cancel an upload, or remove a file that no message has named [U3]',
        params: mediaParams,
        headers: onlyVersion,
        response: changed,
      },
    },
    answer,
  )
}
