import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './error-handler.ts'

const escaped = (url: string): string => url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const matcher = (url: string): RegExp =>
  new RegExp(
    `^${escaped(url)
      .replace(/:[A-Za-z]+/g, '[^/]+')
      .replaceAll('/\\*', '/.*')}$`,
  )

type Answer = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

/**
 * Unknown paths get `not_found`, known ones with another method `method_not_allowed`. Call before the routes are added:
 * it listens to them. What it answers is for `answerBeforeBodies`.
 */
export const answerUnknownRoutes = (app: FastifyInstance): Answer => {
  const methods = new Map<string, { readonly matches: RegExp; readonly allowed: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const entry = methods.get(url) ?? { matches: matcher(url), allowed: new Set() }
    for (const one of [method].flat()) entry.allowed.add(one)
    methods.set(url, entry)
  })
  const answer: Answer = (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = [...methods.values()]
      .filter((entry) => entry.matches.test(path))
      .flatMap((entry) => [...entry.allowed])
    if (allowed.length === 0) return sendProblem(new ProtocolError('not_found'), request, reply)
    reply.header('allow', [...new Set(allowed)].join(', '))
    return sendProblem(new ProtocolError('method_not_allowed'), request, reply)
  }
  app.setNotFoundHandler(answer)
  return answer
}

/** Reads no body for a path that does not exist. Call last, so that the answer has the headers of every other. */
export const answerBeforeBodies = (app: FastifyInstance, answer: Answer): void => {
  app.addHook('onRequest', async (request, reply) => (request.is404 ? answer(request, reply) : undefined))
}
