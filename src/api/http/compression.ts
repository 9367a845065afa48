import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const compress = promisify(gzip)

/** In characters: below this, compression saves no packet. */
const smallest = 1024

/**
 * Huffman coding of letters only, no repeated strings: somebody who can put text into another user's answer and see
 * its length (BREACH) learns nothing from a right guess. Nearly all of a page is base64, and this is what can be
 * saved on it.
 */
const options = { strategy: constants.Z_HUFFMAN_ONLY, level: 1 } as const

const refused = /^gzip *; *q=0(?:\.0*)?$/i

/** Does the client take gzip? (RFC 9110 12.5.3) */
export const takesGzip = (header: string | undefined): boolean =>
  (header ?? '').split(',').some((one) => /^gzip\b/i.test(one.trim()) && !refused.test(one.trim()))

const isJson = (type: unknown): boolean => typeof type === 'string' && type.startsWith('application/json')

/**
 * Compresses large JSON that is read. Answers to posts are not compressed, because they may be secrets. Register it
 * before what counts bytes.
 */
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
