import { Readable } from 'node:stream'
import { ProtocolError } from '@backscroll/protocol/errors'
import { mediaParams, mediaQuery, storedMedia } from '@backscroll/protocol/rest/media'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { always, bodiless, bytesBody, notModified, responses, responsesOf } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { isTagged, unchanging } from '../../docs/static-files.ts'
import { type ByteRange, rangeOf } from '../../http/byte-range.ts'
import { isGone } from '../../http/gone-client.ts'
import { allowLongBody, endUnreadBody } from '../../http/long-bodies.ts'
import { readAtPosition } from '../../requests/read-position.ts'
import { accessOf } from '../../requests/request-access.ts'
import { tusRoutes } from './tus-routes.ts'

const tags = ['media']
const bytesType = 'application/octet-stream'

/** Loose, because the parsed value replaces the request's headers. */
const reading = z.looseObject({
  range: z.string().optional().describe('One range of bytes.'),
  'if-range': z
    .string()
    .optional()
    .describe('The ETag of the bytes that you have. If the file has another one, the whole file is sent.'),
  'if-none-match': z.string().optional().describe('The ETag of the bytes that you have.'),
})

const sizeIn = ({ headers }: FastifyRequest): number => {
  const text = headers['content-length']
  if (text !== undefined) return Number(text)
  throw new ProtocolError('invalid', 'The length of the body must be known', { details: { field: 'Content-Length' } })
}

const uploadRoute = (app: Api, { media }: ApiDeps): void => {
  const store = async ({ log }: FastifyRequest, userId: string, size: number, body: AsyncIterable<Uint8Array>) => {
    const begun = await media.uploads.begin(userId, size)
    try {
      const { id, hash } = await media.uploads.append(begun, body)
      if (hash === null) throw new ProtocolError('malformed', 'The body is shorter than its Content-Length')
      return { mediaId: id, size, hash }
    } catch (error) {
      await media.uploads
        .discard(begun)
        .catch((err: unknown) => log.warn({ err }, 'the rest of a failed upload stays until it is swept'))
      throw error
    }
  }

  app.post(
    '/media/upload',
    {
      schema: {
        tags,
        operationId: 'uploadMedia',
        summary: 'Upload a whole file in one request, as application/octet-stream [U1]',
        consumes: [bytesType],
        body: bytesBody,
        response: responses(storedMedia, 403, 413),
      },
    },
    async (request, reply) => {
      const { userId } = accessOf(request)
      const leave = media.transfers.enter(userId)
      try {
        allowLongBody(request, reply)
        return await store(request, userId, sizeIn(request), request.raw)
      } catch (error) {
        endUnreadBody(request, reply)
        throw error
      } finally {
        leave()
      }
    },
  )
}

/**
 * Counts the bytes that the client has not read yet, so that a client that stops reading is disconnected like any
 * slow reader.
 */
const counted = async function* (
  bytes: AsyncIterable<Uint8Array>,
  { unread, metrics }: Pick<ApiDeps, 'unread' | 'metrics'>,
  userId: string,
  { raw }: FastifyReply,
): AsyncIterable<Uint8Array> {
  let sent = 0
  const { socket } = raw
  const debt = {
    userId,
    bytes: () => (raw.closed || socket?.destroyed !== false ? 0 : raw.writableLength),
    taken: () => sent - raw.writableLength,
    drop: () => raw.destroy(),
  }
  raw.once('close', () => unread.note(debt))
  for await (const chunk of bytes) {
    yield chunk
    sent += chunk.length
    metrics.sentMediaBytes.inc(chunk.length)
    unread.note(debt)
  }
}

const readRoutes = (app: Api, deps: ApiDeps): void => {
  const { media, watermark, settings, metrics } = deps
  const preHandler = readAtPosition(watermark, settings.atLeastTimeoutMs)

  const wanted = (request: FastifyRequest, tag: string, size: number): ByteRange | 'beyond' | undefined => {
    const { range, 'if-range': ifRange } = request.headers
    return ifRange === undefined || ifRange === tag ? rangeOf(range, size) : undefined
  }

  const send = (request: FastifyRequest, reply: FastifyReply, id: string, { from, to }: ByteRange) => {
    reply.header('content-length', to - from).type(bytesType)
    if (request.method === 'HEAD') return reply.send()
    const { userId } = accessOf(request)
    // The client is gone, so nothing would say when the transfer is over.
    if (isGone(request, reply)) return reply.hijack()
    const leave = media.transfers.enter(userId)
    reply.raw.once('close', leave)
    return reply.send(Readable.from(counted(media.read(id, from, to), deps, userId, reply), { objectMode: false }))
  }

  /** The client repeats its Range there. Only the next request may use the URL, so nobody caches it. */
  const redirect = (reply: FastifyReply, url: string) => {
    metrics.redirectedMedia.inc()
    return reply.header('cache-control', 'no-store').redirect(url, 307)
  }

  const answer = async (request: FastifyRequest<{ Params: { mediaId: string } }>, reply: FastifyReply) => {
    const { id, size, hash } = await media.access.readable(accessOf(request).userId, request.params.mediaId)
    const tag = `"${hash}"`
    // The bytes never change. A cache may still serve them only to a client that sends its own token.
    reply.headers({
      etag: tag,
      vary: 'Authorization',
      'accept-ranges': 'bytes',
      'cache-control': `private, ${unchanging}`,
    })
    if (isTagged(request.headers['if-none-match'], tag)) return reply.code(304).send()
    const range = wanted(request, tag, size)
    if (range === 'beyond') {
      reply.headers({ 'content-range': `bytes */${size}`, 'cache-control': 'no-store' })
      throw new ProtocolError('bad_range', undefined, { details: { size } })
    }
    // The store has ETags of its own, so it could not answer If-Range.
    const mayRedirect = request.method === 'GET' && request.headers['if-range'] === undefined
    if (mayRedirect && media.link !== undefined) return redirect(reply, await media.link(id))
    if (range === undefined) return send(request, reply, id, { from: 0, to: size })
    reply.code(206).header('content-range', `bytes ${range.from}-${range.to - 1}/${size}`)
    return send(request, reply, id, range)
  }

  const schema = { params: mediaParams, querystring: mediaQuery, headers: reading }
  app.head('/media/:mediaId', { preHandler, schema }, answer)
  app.get(
    '/media/:mediaId',
    {
      preHandler,
      exposeHeadRoute: false,
      schema: {
        ...schema,
        tags,
        operationId: 'getMedia',
        summary: 'Get the bytes of a file that you uploaded, or that is named by a message that you may see [U4]',
        response: {
          ...responsesOf(bytesType, ...always, 404, 416),
          206: { ...responsesOf(bytesType)[200], description: 'The bytes in the requested range.' },
          ...bodiless(307, 'Read the file from the URL in the Location header, within some seconds.'),
          304: notModified('You have these bytes already.'),
        },
      },
    },
    answer,
  )
}

/** The content type parser passes the body on unread, so that the route can stream it. */
export const mediaRoutes = async (scope: FastifyInstance, deps: ApiDeps): Promise<void> => {
  for (const type of [bytesType, 'application/offset+octet-stream'])
    scope.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
  const api = scope.withTypeProvider<ZodTypeProvider>()
  tusRoutes(api, deps)
  uploadRoute(api, deps)
  readRoutes(api, deps)
}
