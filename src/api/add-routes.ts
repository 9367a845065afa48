import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { ProtocolError } from '../protocol/errors.ts'
import { requireAccess } from './access.ts'
import type { ApiDeps, ApiSettings } from './deps.ts'
import { docsRoutes } from './docs/docs-routes.ts'
import { describeApi } from './docs/openapi.ts'
import { observeRequests } from './observe-requests.ts'
import { positionHeader } from './position.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { eventRoutes } from './routes/events.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { meRoutes } from './routes/me.ts'
import { memberRoutes } from './routes/members.ts'
import { messageRoutes } from './routes/messages.ts'
import { operationRoutes } from './routes/operations.ts'
import { syncRoutes } from './routes/sync.ts'
import { answerUnknownRoutes } from './unknown-routes.ts'

const contentSecurityPolicy = {
  useDefaults: false,
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
}

const limitRates = (app: FastifyInstance, { requestsPerMinute }: ApiSettings) =>
  app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    // After the token was checked, so that the limit is a user's own.
    hook: 'preParsing',
    cache: 50_000,
    keyGenerator: (request) => request.access?.userId ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) => new ProtocolError('rate_limited', undefined, { retryAfterMs: ttl }),
  })

const allowOrigins = (app: FastifyInstance, { corsOrigins }: ApiSettings) =>
  app.register(cors, {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: [positionHeader, 'retry-after', 'x-request-id'],
    maxAge: 600,
  })

const refuseWhenDraining = (app: FastifyInstance, draining: () => boolean) =>
  app.addHook('onRequest', async () => {
    if (draining()) throw new ProtocolError('shutting_down', undefined, { retryAfterMs: 1000 })
  })

/** The routes that need an access token [T2]. */
const userRoutes = async (scope: FastifyInstance, deps: ApiDeps) => {
  const api = scope.withTypeProvider<ZodTypeProvider>()
  refuseWhenDraining(scope, deps.draining)
  scope.addHook('onRequest', requireAccess(deps.verifier))
  scope.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  await limitRates(scope, deps.settings)
  messageRoutes(api, deps)
  conversationRoutes(api, deps)
  memberRoutes(api, deps)
  eventRoutes(api, deps)
  inboxRoutes(api, deps)
  syncRoutes(api, deps)
  meRoutes(api)
}

/** All of the REST API, on a root instance: hooks come first, because each holds for what is added after it. */
export const addRoutes = async (app: FastifyInstance, deps: ApiDeps): Promise<void> => {
  app.setValidatorCompiler(validatorCompiler)
  // Response schemas describe; the tests check them. Checking at run time would turn a harmless mistake into an outage.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('access', null)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  observeRequests(app, deps.metrics)
  answerUnknownRoutes(app)
  await app.register(helmet, { contentSecurityPolicy })
  if (deps.settings.corsOrigins.length > 0) await allowOrigins(app, deps.settings)
  if (deps.settings.docs) await describeApi(app, deps.version)
  operationRoutes(app.withTypeProvider<ZodTypeProvider>(), deps)
  if (deps.settings.docs) docsRoutes(app, deps.version)
  await app.register(userRoutes, deps)
}
