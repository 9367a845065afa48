import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerCheck } from './documented-answers.ts'

/** Longer ones are made of the same parts, and looking at them would be measured as the server's own memory. */
const longestBody = 64 * 1024

const typeOf = (reply: FastifyReply): string | undefined => {
  const type = reply.getHeader('content-type')
  return typeof type === 'string' ? type.split(';', 1)[0] : undefined
}

const bodyIn = (payload: unknown): unknown => {
  if (typeof payload !== 'string' || payload.length > longestBody) return undefined
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

const answerOf = (request: FastifyRequest, reply: FastifyReply, payload: unknown) => ({
  method: request.method === 'HEAD' ? 'GET' : request.method,
  path: (request.routeOptions.url ?? '').replace(/:([A-Za-z]+)/g, '{$1}'),
  status: reply.statusCode,
  type: payload === undefined || payload === null || payload === '' ? undefined : typeOf(reply),
  body: bodyIn(payload),
})

/** Only routes with a tag are documented: not the pages about the documents, nor those of the sign-in. */
const isDocumented = ({ routeOptions: { schema }, method }: FastifyRequest): boolean =>
  schema?.tags !== undefined && method !== 'OPTIONS' && method !== 'HEAD'

const watch = (app: FastifyInstance, report: (found: string) => void): void => {
  let check: Promise<AnswerCheck> | undefined
  const make = async (): Promise<AnswerCheck> => {
    const { createAnswerCheck } = await import('./documented-answers.ts')
    return createAnswerCheck(app.swagger())
  }
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isDocumented(request) || !app.hasDecorator('swagger')) return
    check ??= make()
    const answer = answerOf(request, reply, payload)
    const found = await check.then((checked) => checked(answer), String)
    if (found !== undefined) report(`${answer.method} ${answer.path} ${answer.status}: ${found}`)
  })
}

/** Holds every answer of every server of this process against the server's own document. */
export const watchAnswers = (report: (found: string) => void): void =>
  subscribe('fastify.initialization', (message) => {
    if (typeof message === 'object' && message !== null && 'fastify' in message)
      watch(message.fastify as FastifyInstance, report)
  })
