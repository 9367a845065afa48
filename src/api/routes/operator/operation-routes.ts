import { ProtocolError } from '@backscroll/protocol/errors'
import { status } from '@backscroll/protocol/rest/status'
import type { onRequestAsyncHookHandler } from 'fastify'
import { refusals, responsesOf } from '../../answers/route-responses.ts'
import type { Api, OperationsDeps } from '../../api-deps.ts'
import { lagOf } from '../../readiness.ts'
import { accessOf, requireAccess, requireRole } from '../../requests/request-access.ts'

const tags = ['operations']

const adminOnly = ({ verifier, proofs }: OperationsDeps): onRequestAsyncHookHandler[] => [
  requireAccess(verifier, proofs?.nonce),
  async (request) => requireRole(accessOf(request), 'admin'),
]

const notReady = (draining: boolean, reasons: readonly string[]) =>
  new ProtocolError(draining ? 'shutting_down' : 'unavailable', reasons.join('; '), { retryAfterMs: 1000 })

/** For probes and scrapers: no user's data, so no token (for the metrics: by setting). */
export const operationRoutes = (app: Api, deps: OperationsDeps): void => {
  app.get(
    '/healthz',
    {
      schema: {
        tags,
        operationId: 'isAlive',
        summary: 'Check that the process responds',
        security: [],
        response: { 200: status },
      },
    },
    // A page that may not read the answers can at least tell a server that answers from one that does not.
    async (_request, reply) => {
      void reply.header('cross-origin-resource-policy', 'cross-origin')
      return { status: 'ok' as const }
    },
  )

  app.get(
    '/readyz',
    {
      schema: {
        tags,
        operationId: 'isReady',
        summary:
          'Check that the server can serve: the log accepts appends, the views keep up, and it is not shutting down',
        security: [],
        response: { 200: status, ...refusals([503]) },
      },
    },
    async () => {
      const reasons = await deps.readiness()
      if (reasons.length > 0) throw notReady(deps.draining(), reasons)
      return { status: 'ready' }
    },
  )

  if (deps.settings.metrics === 'off') return
  const isOpen = deps.settings.metrics === 'open'
  app.get(
    '/metrics',
    {
      onRequest: isOpen ? [] : adminOnly(deps),
      schema: {
        tags,
        operationId: 'getMetrics',
        summary: 'Get Prometheus metrics',
        ...(isOpen && { security: [] }),
        response: responsesOf('text/plain', ...(isOpen ? [] : [401, 403, 503])),
      },
    },
    async (_request, reply) => {
      // A log that is away must not take the metrics with it.
      deps.metrics.projectorLag.set(await lagOf(deps.log, deps.watermark).catch(() => Number.NaN))
      deps.metrics.silentLogs.set(deps.log.silent().length)
      return reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics())
    },
  )
}
