import { randomUUID } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { addCommon, addOperations, addRoutes } from './add-routes.ts'
import type { Api, ApiDeps, OperationsDeps } from './api-deps.ts'
import { answerOddRequests, createClientErrors } from './http/client-errors.ts'
import { handleError, sendProblem } from './http/error-handler.ts'
import { idleMs, requestDeadlines, serverOptions } from './http/server-options.ts'
import { toProtocolError } from './http/to-protocol-error.ts'

/** Room for the longest user id in a path, percent-encoded. */
const maxParamLength = 400

const createServer = (logger: FastifyBaseLogger, { settings, metrics }: OperationsDeps) => {
  const { maxBodyBytes: bodyLimit, trustedProxies = [] } = settings
  const app: FastifyInstance = fastify({
    http: serverOptions(() => app.server.listenerCount('upgrade') > 0),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    requestTimeout: requestDeadlines.whole,
    connectionTimeout: idleMs,
    routerOptions: { maxParamLength },
    clientErrorHandler: createClientErrors(logger, metrics),
    frameworkErrors: (error, request, reply) =>
      sendProblem(toProtocolError(error) ?? new ProtocolError('not_found'), request, reply),
  })
  return app
}

const prepare = async (deps: OperationsDeps, logger: FastifyBaseLogger): Promise<Api> => {
  const app = createServer(logger, deps).withTypeProvider<ZodTypeProvider>()
  app.setErrorHandler(handleError)
  answerOddRequests(app)
  await addCommon(app, deps)
  return app
}

/**
 * The HTTP server with all routes, ready but not listening; `extend` adds what else it serves (the WebSocket).
 * Closing waits for requests in progress and closes idle connections at once.
 */
export const createApi = async (
  deps: ApiDeps,
  logger: FastifyBaseLogger,
  extend: (app: FastifyInstance) => Promise<void> = async () => {},
): Promise<Api> => {
  const app = await prepare(deps, logger)
  if (deps.routes === 'operations') addOperations(app, deps)
  else await addRoutes(app, deps)
  await extend(app)
  await app.ready()
  return app
}

/** The HTTP server of a process without clients. */
export const createOperations = async (deps: OperationsDeps, logger: FastifyBaseLogger): Promise<Api> => {
  const app = await prepare(deps, logger)
  addOperations(app, deps)
  await app.ready()
  return app
}
