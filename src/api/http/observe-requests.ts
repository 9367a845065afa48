import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiMetrics } from '../api-deps.ts'

/** The pattern, not the address: few values, and no ids of users. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown'

/** Machines request these every few seconds: their lines would drown the others. */
const quiet: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** One log line and one measurement for each request. Neither holds the query, the body or a header. */
export const observeRequests = (
  app: FastifyInstance,
  { requestDuration }: Pick<ApiMetrics, 'requestDuration'>,
): void => {
  app.addHook('onResponse', async (request, reply) => {
    const ms = reply.elapsedTime
    const route = routeOf(request)
    requestDuration.observe({ method: request.method, route, status: String(reply.statusCode) }, ms / 1000)
    const fields = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(ms),
    }
    request.log[quiet.has(route) ? 'debug' : 'info']({ ...fields, userId: request.access?.userId }, 'request')
  })
}
