import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Actor } from '../../domain/ids.ts'
import { deviceId, userId } from '../../domain/ids.ts'
import type { Access, DeviceProofs, RequestVerifier, ShownRequest, UserRole } from '../../ports/identity/access.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of `requireAccess`; null on routes that need no token. */
    access: Access | null
  }
}

const bearer = (header: string | undefined): string => {
  const token = /^(?:Bearer|DPoP) +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1]
  if (token === undefined) throw new ProtocolError('unauthenticated')
  return token
}

/** What names the device when the token's issuer cannot. */
export const deviceHeader = 'backscroll-device'

const single = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

const shownBy = ({ method, url, headers }: FastifyRequest): ShownRequest => ({
  method,
  path: url,
  proof: single(headers[proofHeader]),
})

const isAboutProof = (error: unknown): boolean =>
  error instanceof ProtocolError && (error.code === 'invalid_dpop_proof' || error.code === 'use_dpop_nonce')

/** [T2] Every request of the scope needs an access token. */
export const requireAccess =
  (verifier: RequestVerifier, nonce?: DeviceProofs['nonce']): onRequestAsyncHookHandler =>
  async (request, reply) => {
    const { authorization, [deviceHeader]: device } = request.headers
    const shown = shownBy(request)
    try {
      request.access = await verifier.verify(bearer(authorization), single(device), shown)
    } catch (error) {
      if (nonce !== undefined && isAboutProof(error)) reply.header(proofNonceHeader, nonce())
      throw error
    }
    if (nonce !== undefined && shown.proof !== undefined) reply.header(proofNonceHeader, nonce())
  }

/** A device that is being registered shows that it holds the key that it registers. */
export const requireProofOf = async (request: FastifyRequest, key: string, proofs: DeviceProofs): Promise<void> => {
  if (accessOf(request).deviceKey !== undefined) return
  await proofs.request(shownBy(request), key, bearer(request.headers.authorization))
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
