import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { problemAnswer } from '../../edge/problem-answer.ts'
import { toProtocolError } from './to-protocol-error.ts'

/** Answers with problem details [R3]. */
export const sendProblem = (error: ProtocolError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { status, headers, body } = problemAnswer(error, request.id)
  return reply.code(status).headers(headers).send(body)
}

/** An unexpected error is logged with its stack; the client only learns the request id. */
export const handleError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const known = toProtocolError(error)
  if (known === undefined) request.log.error({ err: error }, 'request failed')
  return sendProblem(known ?? new ProtocolError('internal'), request, reply)
}
