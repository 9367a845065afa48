import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { takesGzip } from '../http/compression.ts'

/** A file that is the same for everybody, plain and compressed: once, not for each answer. */
export interface StaticFile {
  readonly type: string
  /** The hash of its bytes, in hex: names this version of it. */
  readonly hash: string
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly brotli: Buffer
}

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

export const staticFile = async (type: string, text: string): Promise<StaticFile> => {
  const plain = Buffer.from(text)
  const [gzipped, brotli] = await Promise.all([promisify(gzip)(plain), promisify(brotliCompress)(plain, quality)])
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 32)
  return { type, hash, plain, gzip: gzipped, brotli }
}

const encodingFor = (header: string | undefined): 'br' | 'gzip' | undefined => {
  if (/(?:^|,) *br *(?:,|$|;(?! *q=0))/i.test(header ?? '')) return 'br'
  return takesGzip(header) ? 'gzip' : undefined
}

const bytesOf = ({ plain, gzip, brotli }: StaticFile, encoding: 'br' | 'gzip' | undefined): Buffer => {
  if (encoding === undefined) return plain
  return encoding === 'br' ? brotli : gzip
}

/** One file in three encodings has three tags (RFC 9110 8.8.3.3). */
const tagOf = ({ hash }: StaticFile, encoding: string | undefined): string =>
  `"${hash}${encoding === undefined ? '' : `-${encoding}`}"`

export const isTagged = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)

/** A year, without revalidation: the address names the version. */
export const unchanging = 'max-age=31536000, immutable'

/** Answers with the file, or with 304 to a client that has it. */
export const sendStatic = (request: FastifyRequest, reply: FastifyReply, file: StaticFile): FastifyReply => {
  const encoding = encodingFor(request.headers['accept-encoding'])
  const tag = tagOf(file, encoding)
  const isVersioned = new URLSearchParams(request.url.split('?')[1]).get('v') === file.hash
  reply.headers({
    etag: tag,
    vary: 'Accept-Encoding',
    'cache-control': `public, ${isVersioned ? unchanging : 'no-cache'}`,
  })
  if (isTagged(request.headers['if-none-match'], tag)) return reply.code(304).send()
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.type).send(bytesOf(file, encoding))
}
