import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Actor } from '../domain/ids.ts'
import { deviceId, userId } from '../domain/ids.ts'
import type { Access, TokenVerifier, UserRole } from '../ports/access.ts'
import { ProtocolError } from '../protocol/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of `requireAccess`; null on routes that need no token. */
    access: Access | null
  }
}

const bearer = (header: string | undefined): string => {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1]
  if (token === undefined) throw new ProtocolError('unauthenticated')
  return token
}

/** [T2] Every request of the scope needs an access token. */
export const requireAccess =
  (verifier: TokenVerifier): onRequestAsyncHookHandler =>
  async (request) => {
    request.access = await verifier.verify(bearer(request.headers.authorization))
  }

export const accessOf = (request: FastifyRequest): Access => {
  if (request.access === null) throw new ProtocolError('unauthenticated')
  return request.access
}

export const actorOf = (request: FastifyRequest): Actor => {
  const access = accessOf(request)
  return { userId: userId(access.userId), deviceId: deviceId(access.deviceId) }
}

export const requireRole = (access: Access, role: UserRole): void => {
  if (!access.roles.includes(role)) throw new ProtocolError('forbidden')
}
