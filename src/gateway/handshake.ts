import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Access, TokenVerifier } from '../ports/access.ts'
import { errorKinds, ProtocolError } from '../protocol/errors.ts'

const subprotocol = 'backscroll.v1'
const tokenPrefix = 'bearer.'
const devicePrefix = 'device.'

const offered = (header: string | undefined): readonly string[] => (header ?? '').split(',').map((name) => name.trim())

const offeredWith = (prefix: string, headers: FastifyRequest['headers']): string | undefined => {
  const name = offered(headers['sec-websocket-protocol']).find((protocol) => protocol.startsWith(prefix))
  return name?.slice(prefix.length)
}

/** The device, for tokens that cannot say it: a header, or, for browsers, one more offered subprotocol. */
const deviceOf = (headers: FastifyRequest['headers']): string | undefined => {
  const { 'backscroll-device': header } = headers
  return typeof header === 'string' ? header : offeredWith(devicePrefix, headers)
}

/** The token of a handshake [T2]: the Authorization header, or, for browsers, one more offered subprotocol. */
const tokenOf = (headers: FastifyRequest['headers']): string | undefined => {
  const [, token] = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '') ?? []
  return token ?? offeredWith(tokenPrefix, headers)
}

/** Never echoes the token. */
export const chooseSubprotocol = (protocols: ReadonlySet<string>): string | false =>
  protocols.has(subprotocol) ? subprotocol : false

const withoutSubprotocol = new ProtocolError('invalid', `The subprotocol ${subprotocol} must be offered`, {
  details: { field: 'Sec-WebSocket-Protocol', reason: `must offer ${subprotocol}` },
})

export interface HandshakeDeps {
  readonly verifier: TokenVerifier
  readonly accepting: () => boolean
}

export interface Admitted {
  readonly access: Access
  /** After the upgrade: an open socket need not keep the answer, and with it the request, that began it. */
  readonly release: () => void
}

const admit = async ({ verifier, accepting }: HandshakeDeps, request: FastifyRequest): Promise<Access> => {
  if (!accepting()) throw new ProtocolError('shutting_down', undefined, { retryAfterMs: 1_000 })
  const token = tokenOf(request.headers)
  if (token === undefined) throw new ProtocolError('unauthenticated')
  const access = await verifier.verify(token, deviceOf(request.headers))
  if (!offered(request.headers['sec-websocket-protocol']).includes(subprotocol)) throw withoutSubprotocol
  return access
}

/** The same problem document that REST answers with [R3]. */
const problem = (error: ProtocolError, requestId: string): string => {
  const { code, message: detail, details, retryAfterMs } = error
  const { status, title, temporary } = errorKinds[code]
  const type = `urn:backscroll:error:${code}`
  return JSON.stringify({ type, title, status, code, detail, temporary, requestId, retryAfterMs, details })
}

/**
 * Who opens a socket is known before there is one: until then everything is HTTP, and a refusal is a problem
 * document. What the verifier throws beyond the protocol's errors counts as unavailable.
 */
export const createHandshake = (deps: HandshakeDeps) => {
  const admitted = new WeakMap<FastifyRequest, Admitted>()

  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    if (!(error instanceof ProtocolError)) request.log.error({ err: error }, 'a handshake failed')
    const shown = error instanceof ProtocolError ? error : new ProtocolError('unavailable')
    if (errorKinds[shown.code].status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(errorKinds[shown.code].status).type('application/problem+json').send(problem(shown, request.id))
  }

  return {
    /** An `onRequest` hook: answers 401, 400 or 503 instead of the upgrade. */
    check: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      try {
        const access = await admit(deps, request)
        admitted.set(request, { access, release: () => reply.raw.detachSocket(request.socket) })
        return undefined
      } catch (error) {
        return refuse(request, reply, error)
      }
    },
    admittedOf: (request: FastifyRequest): Admitted | undefined => admitted.get(request),
  }
}
