import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import type { Actor } from '../../domain/ids.ts'
import { accessTokenOf, deviceHeader, singleHeader } from '../../edge/access-token.ts'
import { actorOf as actor } from '../../edge/actor.ts'
import type { Access, DeviceProofs, RequestVerifier, ShownRequest, UserRole } from '../../ports/identity/access.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of `requireAccess`; null on routes that need no token. */
    access: Access | null
  }
}

const tokenOf = ({ headers }: FastifyRequest): string => {
  const token = accessTokenOf(headers.authorization)
  if (token === undefined) throw new ProtocolError('unauthenticated')
  return token
}

const shownBy = ({ method, url, headers }: FastifyRequest): ShownRequest => ({
  method,
  path: url,
  proof: singleHeader(headers[proofHeader]),
})

const isAboutProof = (error: unknown): boolean =>
  error instanceof ProtocolError && (error.code === 'invalid_dpop_proof' || error.code === 'use_dpop_nonce')

/** [T2] Every request of the scope needs an access token. */
export const requireAccess =
  (verifier: RequestVerifier, nonce?: DeviceProofs['nonce']): onRequestAsyncHookHandler =>
  async (request, reply) => {
    const device = singleHeader(request.headers[deviceHeader])
    const shown = shownBy(request)
    try {
      request.access = await verifier.verify(tokenOf(request), device, shown)
    } catch (error) {
      if (nonce !== undefined && isAboutProof(error)) reply.header(proofNonceHeader, nonce())
      throw error
    }
    if (nonce !== undefined && shown.proof !== undefined) reply.header(proofNonceHeader, nonce())
  }

/** A device that is being registered shows that it holds the key that it registers. */
export const requireProofOf = async (request: FastifyRequest, key: string, proofs: DeviceProofs): Promise<void> => {
  if (accessOf(request).deviceKey !== undefined) return
  await proofs.request(shownBy(request), key, tokenOf(request))
}

export const accessOf = (request: FastifyRequest): Access => {
  if (request.access === null) throw new ProtocolError('unauthenticated')
  return request.access
}

export const actorOf = (request: FastifyRequest): Actor => actor(accessOf(request))

export const requireRole = (access: Access, role: UserRole): void => {
  if (!access.roles.includes(role)) throw new ProtocolError('forbidden')
}
