import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { errorKinds, ProtocolError } from '../protocol/errors.ts'
import { problemOf } from './problem.ts'
import { toProtocolError } from './to-protocol-error.ts'

const retryAfterSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))

/** Answers with problem details [R3]. */
export const sendProblem = (error: ProtocolError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (error.retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(error.retryAfterMs))
  if (errorKinds[error.code].status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(errorKinds[error.code].status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, request.id)))
}

/** What is unforeseen is logged with its stack; the client learns only under which request id. */
export const handleError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const known = toProtocolError(error)
  if (known === undefined) request.log.error({ err: error }, 'request failed')
  return sendProblem(known ?? new ProtocolError('internal'), request, reply)
}

const clientError = (code: 'malformed' | 'too_large'): string => {
  const { status, title } = errorKinds[code]
  const body = JSON.stringify(problemOf(new ProtocolError(code), 'none'))
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\nconnection: close`
  return `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** What is no HTTP at all never becomes a request: answered on the bare socket. */
export const handleClientError = (
  error: NodeJS.ErrnoException,
  socket: { writable: boolean; end(text: string): void; destroy(): void },
): void => {
  if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
  else socket.end(clientError(error.code === 'HPE_HEADER_OVERFLOW' ? 'too_large' : 'malformed'))
}
