import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const compress = promisify(gzip)

/** Below this a packet is a packet, characters. */
const smallest = 1024

/**
 * Letters by how often they come (Huffman), no repeated strings: whoever can put text into somebody's answer and see
 * its length (BREACH) learns nothing from a guess that is right. Nearly all of a page is base64, of which this is what
 * can be saved.
 */
const options = { strategy: constants.Z_HUFFMAN_ONLY, level: 1 } as const

const refused = /^gzip *; *q=0(?:\.0*)?$/i

/** Does the client take gzip? (RFC 9110 12.5.3) */
export const takesGzip = (header: string | undefined): boolean =>
  (header ?? '').split(',').some((one) => /^gzip\b/i.test(one.trim()) && !refused.test(one.trim()))

const isJson = (type: unknown): boolean => typeof type === 'string' && type.startsWith('application/json')

/** Large JSON that is read goes compressed. Nothing that is posted: answers to that may be secrets. Register before what counts bytes. */
export const compressAnswers = (scope: FastifyInstance): void => {
  scope.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || !isJson(reply.getHeader('content-type'))) return payload
    reply.header('vary', 'Accept-Encoding')
    if (typeof payload !== 'string' || payload.length < smallest) return payload
    if (!takesGzip(request.headers['accept-encoding'])) return payload
    const bytes = await compress(payload, options)
    reply.header('content-encoding', 'gzip').header('content-length', bytes.length)
    return bytes
  })
}
