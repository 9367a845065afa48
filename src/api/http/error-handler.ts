import { errorKinds, ProtocolError } from '@backscroll/protocol/errors'
import { retryAfterOf } from '@backscroll/protocol/retry-after'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { problemOf } from '../../edge/problem-details.ts'
import { toProtocolError } from './to-protocol-error.ts'

/** Answers with problem details [R3]. */
export const sendProblem = (error: ProtocolError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { status } = errorKinds[error.code]
  const wait = retryAfterOf(error)
  if (wait !== undefined) reply.header('retry-after', wait)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, request.id)))
}

/** What is unforeseen is logged with its stack; the client learns only under which request id. */
export const handleError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const known = toProtocolError(error)
  if (known === undefined) request.log.error({ err: error }, 'request failed')
  return sendProblem(known ?? new ProtocolError('internal'), request, reply)
}
