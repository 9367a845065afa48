import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { ProtocolError } from '@backscroll/protocol/errors'
import { timeHeader } from '@backscroll/protocol/server-time'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { deviceHeader } from '../edge/access-token.ts'
import { networkOf } from '../identity/sender-address.ts'
import type { RequestVerifier } from '../ports/identity/access.ts'
import type { Api, ApiDeps, ApiSettings, OperationsDeps } from './api-deps.ts'
import { docsRoutes } from './docs/docs-routes.ts'
import { homeRoute } from './docs/home-page.ts'
import { describeApi } from './docs/openapi/describe-api.ts'
import { compressAnswers } from './http/compression.ts'
import { acceptJson } from './http/json-bodies.ts'
import { observeRequests } from './http/observe-requests.ts'
import { countAnswers } from './http/paced-reads.ts'
import { rateStoreOf } from './http/rate-limit-store.ts'
import { answerBeforeBodies, answerUnknownRoutes } from './http/unknown-routes.ts'
import { positionHeader } from './requests/read-position.ts'
import { requireAccess } from './requests/request-access.ts'
import { lookupRoutes, personRoutes, registrationRoutes } from './routes/accounts/account-routes.ts'
import { deviceRoutes, newDeviceRoutes } from './routes/accounts/device-routes.ts'
import { beginAnewRoutes, identityRoutes } from './routes/accounts/identity-routes.ts'
import { inviteRoutes } from './routes/accounts/invite-routes.ts'
import { keyPackageRoutes } from './routes/accounts/key-package-routes.ts'
import { meRoutes } from './routes/accounts/me-routes.ts'
import { pairingRoutes, recoveryRoutes } from './routes/accounts/pairing-routes.ts'
import { presenceRoutes } from './routes/accounts/presence-routes.ts'
import { pushRoutes } from './routes/accounts/push-routes.ts'
import { reportRoutes } from './routes/accounts/report-routes.ts'
import { secondFactorRoutes } from './routes/accounts/second-factor-routes.ts'
import { blobRoutes } from './routes/conversations/blob-routes.ts'
import { commitRoutes } from './routes/conversations/commit-routes.ts'
import { consentRoutes } from './routes/conversations/consent-routes.ts'
import { conversationRoutes } from './routes/conversations/conversation-routes.ts'
import { eventRoutes } from './routes/conversations/event-routes.ts'
import { groupInfoRoutes } from './routes/conversations/group-info-routes.ts'
import { inboxRoutes } from './routes/conversations/inbox-routes.ts'
import { markRoutes } from './routes/conversations/mark-routes.ts'
import { memberRoutes } from './routes/conversations/member-routes.ts'
import { messageRoutes } from './routes/conversations/message-routes.ts'
import { starRoutes } from './routes/conversations/star-routes.ts'
import { syncRoutes } from './routes/conversations/sync-routes.ts'
import { welcomeRoutes } from './routes/conversations/welcome-routes.ts'
import { invitePageRoute } from './routes/invite-page.ts'
import { archiveRoutes } from './routes/media/archive-routes.ts'
import { mediaRoutes } from './routes/media/media-routes.ts'
import { tusDiscovery, uploadsPath } from './routes/media/tus-discovery.ts'
import { administrationRoutes } from './routes/operator/administration-routes.ts'
import { auditRoutes } from './routes/operator/audit-routes.ts'
import { closureRoutes } from './routes/operator/closure-routes.ts'
import { moderationRoutes } from './routes/operator/moderation-routes.ts'
import { operationRoutes } from './routes/operator/operation-routes.ts'
import { queuesRoutes } from './routes/operator/queues-routes.ts'
import { reactionsRoutes } from './routes/operator/reactions-routes.ts'
import { administeredUserRoutes } from './routes/operator/user-routes.ts'
import { viewsRoutes } from './routes/operator/views-routes.ts'

const contentSecurityPolicy = {
  useDefaults: false,
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
}

/** The headers of the IETF's draft on rate limits. */
const rateHeaders = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

/** The headers of tus uploads and of byte ranges. */
const mediaHeaders = {
  asked: [
    ...['tus-resumable', 'upload-length', 'upload-metadata', 'upload-offset', 'upload-checksum'],
    ...['range', 'if-range', 'if-none-match'],
  ],
  told: [
    ...[
      'tus-resumable',
      'tus-version',
      'tus-extension',
      'tus-max-size',
      'tus-checksum-algorithm',
      'location',
      'upload-length',
      'upload-offset',
      'upload-expires',
    ],
    ...['accept-ranges', 'content-range', 'etag'],
  ],
}

const limitRates = (app: FastifyInstance, { settings: { requestsPerMinute }, metering }: ApiDeps) =>
  app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    // After the token was checked, so that the limit is the user's own.
    hook: 'preParsing',
    store: rateStoreOf(metering),
    keyGenerator: (request) => request.access?.userId ?? networkOf(request.ip),
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => new ProtocolError('rate_limited', undefined, { retryAfterMs: ttl }),
  })

const notPreflight = new ProtocolError(
  'invalid',
  'A preflight request names Origin and Access-Control-Request-Method',
  {
    details: { field: 'Access-Control-Request-Method' },
  },
)

/** The plugin would refuse it in its own words. A path may have an answer to OPTIONS that is no preflight. */
const refuseHalfPreflights = (app: FastifyInstance) =>
  app.addHook('onRequest', async ({ method, headers, url }) => {
    const asks = headers['access-control-request-method'] !== undefined
    if (method !== 'OPTIONS' || (headers.origin !== undefined && asks)) return
    if (asks || url !== uploadsPath) throw notPreflight
  })

const allowOrigins = (app: FastifyInstance, { corsOrigins }: ApiSettings) => {
  refuseHalfPreflights(app)
  const options = {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', deviceHeader, proofHeader, ...mediaHeaders.asked],
    exposedHeaders: [
      ...[timeHeader, positionHeader, proofNonceHeader, 'retry-after', 'x-request-id'],
      ...rateHeaders,
      ...mediaHeaders.told,
    ],
    maxAge: 600,
  }
  return app.register(cors, {
    delegator: async ({ headers }: FastifyRequest) => ({
      ...options,
      preflight: headers['access-control-request-method'] !== undefined,
    }),
  })
}

const refuseWhenDraining = (app: FastifyInstance, draining: () => boolean) =>
  app.addHook('onRequest', async () => {
    if (draining()) throw new ProtocolError('shutting_down', undefined, { retryAfterMs: 1000 })
  })

/** What all of these routes share: rates are counted by user, or by address where there is no token. */
const guardScope = async (scope: FastifyInstance, deps: ApiDeps, verifier: RequestVerifier | undefined) => {
  scope.addHook('onRequest', async (_request, reply) => void reply.header(timeHeader, Date.now()))
  refuseWhenDraining(scope, deps.draining)
  if (verifier !== undefined) scope.addHook('onRequest', requireAccess(verifier, deps.proofs.nonce))
  scope.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  await limitRates(scope, deps)
}

const typed = (scope: FastifyInstance): Api => scope.withTypeProvider<ZodTypeProvider>()

/** The routes for a person who has no account yet. */
const openRoutes = async (scope: FastifyInstance, deps: ApiDeps) => {
  await guardScope(scope, deps, undefined)
  registrationRoutes(typed(scope), deps)
  tusDiscovery(typed(scope), deps)
}

/** The routes that a device needs before it is registered. */
const unregisteredRoutes = async (scope: FastifyInstance, deps: ApiDeps) => {
  await guardScope(scope, deps, deps.newDevices)
  const api = typed(scope)
  newDeviceRoutes(api, deps)
  pairingRoutes(api, deps)
  beginAnewRoutes(api, deps)
}

/** The routes that need an access token [T2]. */
const userRoutes = async (scope: FastifyInstance, deps: ApiDeps) => {
  await guardScope(scope, deps, deps.verifier)
  compressAnswers(scope)
  countAnswers(scope, deps.unread)
  const api = typed(scope)
  messageRoutes(api, deps)
  conversationRoutes(api, deps)
  memberRoutes(api, deps)
  commitRoutes(api, deps)
  groupInfoRoutes(api, deps)
  blobRoutes(api, deps)
  welcomeRoutes(api, deps)
  eventRoutes(api, deps)
  inboxRoutes(api, deps)
  consentRoutes(api, deps)
  markRoutes(api, deps)
  starRoutes(api, deps)
  syncRoutes(api, deps)
  meRoutes(api, deps)
  secondFactorRoutes(api, deps)
  personRoutes(api, deps)
  lookupRoutes(api, deps)
  presenceRoutes(api, deps)
  inviteRoutes(api, deps)
  deviceRoutes(api, deps)
  pushRoutes(api, deps)
  identityRoutes(api, deps)
  keyPackageRoutes(api, deps)
  recoveryRoutes(api, deps)
  administrationRoutes(api, deps)
  viewsRoutes(api, deps)
  reactionsRoutes(api, deps)
  queuesRoutes(api, deps)
  auditRoutes(api, deps)
  closureRoutes(api, deps)
  await scope.register(mediaRoutes, deps)
  archiveRoutes(api, deps)
  moderationRoutes(api, deps)
  reportRoutes(api, deps)
  administeredUserRoutes(api, deps)
}

/** Hooks for everything, on a root instance: first, because each hook applies to what is added after it. */
export const addCommon = async (app: FastifyInstance, deps: OperationsDeps): Promise<void> => {
  app.setValidatorCompiler(validatorCompiler)
  // Response schemas describe; the tests check them. Checking at run time would turn a harmless mistake into an outage.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  acceptJson(app)
  app.decorateRequest('access', null)
  app.decorateRequest('answered', null)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  observeRequests(app, deps.metrics)
  const answerUnknown = answerUnknownRoutes(app)
  await app.register(helmet, { contentSecurityPolicy })
  if (deps.settings.corsOrigins.length > 0) await allowOrigins(app, deps.settings)
  answerBeforeBodies(app, answerUnknown)
}

/** Only probes and metrics, for a process that serves nothing else. */
export const addOperations = (app: FastifyInstance, deps: OperationsDeps): void => operationRoutes(typed(app), deps)

/** All of the REST API. */
export const addRoutes = async (app: FastifyInstance, deps: ApiDeps): Promise<void> => {
  if (deps.settings.docs) await describeApi(app, deps.version)
  addOperations(app, deps)
  if (deps.settings.docs) docsRoutes(app, deps)
  homeRoute(app, deps)
  invitePageRoute(app)
  await app.register(openRoutes, deps)
  await app.register(unregisteredRoutes, deps)
  await app.register(userRoutes, deps)
}
