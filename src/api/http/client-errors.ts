import type { Socket } from 'node:net'
import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { problemAnswer } from '../../edge/problem-answer.ts'
import type { ApiMetrics } from '../api-deps.ts'
import { isLongBody } from './long-bodies.ts'
import { type BareSocket, endWith } from './raw-socket-answers.ts'

/** Node's errors for a connection that brought no request. */
const byNodeCode: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'too_large',
}

/** Answers, logs and counts what never becomes a request, or not in time. */
export const createClientErrors =
  (logger: Pick<FastifyBaseLogger, 'info'>, { refusedConnections }: Pick<ApiMetrics, 'refusedConnections'>) =>
  (error: NodeJS.ErrnoException, socket: BareSocket): void => {
    if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy()
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isLongBody(socket)) return
    const code = byNodeCode[error.code ?? ''] ?? 'malformed'
    refusedConnections.inc({ reason: code })
    logger.info({ reason: code }, 'a connection was refused')
    endWith(socket, code)
  }

const compressed = new ProtocolError('unsupported_media_type', 'The body must not have a content encoding', {
  details: { field: 'Content-Encoding' },
})

/** Requests that Node would answer by itself, or not at all: expectations, tunnels, and requests without a host. */
export const answerOddRequests = (app: FastifyInstance): void => {
  app.server.on('checkExpectation', (_request, response) => {
    const { status, headers, body } = problemAnswer(new ProtocolError('expectation_failed'), 'none')
    response.writeHead(status, { ...headers, connection: 'close' }).end(body)
  })
  app.server.on('connect', (_request, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    endWith(socket, 'method_not_allowed', { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' })
  })
  // Node's parser reads nothing more after an upgrade that was not accepted.
  app.server.prependListener('request', ({ headers }, response) => {
    if (headers.upgrade !== undefined) response.shouldKeepAlive = false
  })
  app.addHook('onRequest', async ({ raw, headers }) => {
    if (raw.httpVersion === '1.1' && headers.host === undefined)
      throw new ProtocolError('malformed', 'The header Host is missing', { details: { field: 'Host' } })
    if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw compressed
  })
}
