import type { actQuery } from '@backscroll/protocol/rest/audit'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ActBy } from '../../identity/accounts/users/audit-trail.ts'
import { accessOf, actorOf, requireRole } from './request-access.ts'

/**
 * The options of every admin route. The role is checked before the body, so that others learn nothing about its
 * form.
 */
export const adminOnly = {
  preValidation: async (request: FastifyRequest) => requireRole(accessOf(request), 'admin'),
}

/** The admin and the reason, for the audit. */
export const actBy = (request: FastifyRequest & { readonly query: z.output<typeof actQuery> }): ActBy => ({
  actor: actorOf(request),
  reason: request.query.reason,
})
