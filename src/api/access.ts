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

/** What names the device when the token's issuer cannot. */
export const deviceHeader = 'backscroll-device'

const deviceOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

/** [T2] Every request of the scope needs an access token. */
export const requireAccess =
  (verifier: TokenVerifier): onRequestAsyncHookHandler =>
  async (request) => {
    const { authorization, [deviceHeader]: device } = request.headers
    request.access = await verifier.verify(bearer(authorization), deviceOf(device))
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
