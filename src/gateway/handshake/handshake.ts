import type { AccessEnd, CloseReason } from '@backscroll/protocol/close-codes'
import { errorKinds, ProtocolError } from '@backscroll/protocol/errors'
import { retryAfterOf } from '@backscroll/protocol/retry-after'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireTake } from '../../edge/limits/limit-buckets.ts'
import type { Metering } from '../../edge/limits/process-limits.ts'
import type { SocketCaps } from '../../edge/limits/socket-caps.ts'
import { networkOf } from '../../identity/sender-address.ts'
import type { SocketAccess, SocketVerifier } from '../../ports/identity/access.ts'
import { checkUpgrade, headersOf } from './upgrade-request.ts'

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
  readonly verifier: SocketVerifier
  readonly accepting: () => boolean
  /** No more handshakes are taken at present. */
  readonly crowded: () => boolean
  /** Asked before a token is verified: thousands may come back at once. */
  readonly turn: () => Promise<void>
  readonly metering: Metering
}

/** What a socket is opened for: to be served, or only to be told why it is not. */
export type Admitted = {
  /** After the upgrade: an open socket need not keep the answer, and with it the request, that began it. */
  readonly release: () => void
} & ({ readonly access: SocketAccess } | { readonly farewell: CloseReason })

/**
 * A browser does not see why a handshake was refused, and would come back for ever. What is told to one who holds a
 * genuine token is told with a close code, after the upgrade.
 */
const farewells: ReadonlySet<string> = new Set<AccessEnd | 'unknown_device'>([
  'revoked',
  'signed_out',
  'account_deactivated',
  'account_erased',
  'unknown_device',
])

const isFarewell = (code: string): code is AccessEnd | 'unknown_device' => farewells.has(code)

const farewellTo = (error: unknown): CloseReason | undefined =>
  error instanceof ProtocolError && isFarewell(error.code) ? error.code : undefined

/** What costs nothing is checked first, the token last. */
const admit = async (
  { verifier, accepting, crowded, turn, metering: { meter, limits } }: HandshakeDeps,
  request: FastifyRequest,
): Promise<SocketAccess> => {
  if (!accepting()) throw new ProtocolError('shutting_down', undefined, { retryAfterMs: 1_000 })
  if (crowded()) throw new ProtocolError('unavailable', 'Too many handshakes at once', { retryAfterMs: 1_000 })
  checkUpgrade(request)
  const token = tokenOf(request.headers)
  if (token === undefined) throw new ProtocolError('unauthenticated')
  if (!offered(request.headers['sec-websocket-protocol']).includes(subprotocol)) throw withoutSubprotocol
  const network = networkOf(request.ip)
  requireTake(meter, limits.handshakesOfAddress, network)
  await turn()
  const access = await verifier.verify(token, deviceOf(request.headers))
  // From where a stolen token is used, not from where its owner is.
  requireTake(meter, limits.handshakesOfUser, `${access.userId} ${network}`)
  return access
}

/** A token alone takes no place of its user's: the socket counts once it has shown the device's key, or at once where there is none. */
const counted = (caps: SocketCaps, access: SocketAccess, { socket }: FastifyRequest): SocketAccess => {
  const { prove, userId } = access
  const count = () => {
    caps.checkUser(userId)
    if (!socket.destroyed) socket.once('close', caps.addUser(userId))
  }
  if (prove !== undefined) return { ...access, prove: async (proof, challenge) => prove(proof, challenge).then(count) }
  count()
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
  const { sockets } = deps.metering

  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    if (!(error instanceof ProtocolError)) request.log.error({ err: error }, 'a handshake failed')
    const shown =
      error instanceof ProtocolError ? error : new ProtocolError('unavailable', undefined, { retryAfterMs: 1_000 })
    if (errorKinds[shown.code].status === 401) reply.header('www-authenticate', 'Bearer')
    const wait = retryAfterOf(shown)
    if (wait !== undefined) reply.header('retry-after', wait)
    reply.headers(headersOf(shown))
    return reply.code(errorKinds[shown.code].status).type('application/problem+json').send(problem(shown, request.id))
  }

  return {
    /** An `onRequest` hook: answers 400, 401, 426, 429 or 503 instead of the upgrade. */
    check: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      const release = () => reply.raw.detachSocket(request.socket)
      try {
        const access = await admit(deps, request)
        sockets.check(access.userId, request.ip)
        // From now on, so that many handshakes at once are not one.
        request.socket.once('close', sockets.addAddress(request.ip))
        admitted.set(request, { access: counted(sockets, access, request), release })
        return undefined
      } catch (error) {
        const farewell = request.ws ? farewellTo(error) : undefined
        if (farewell === undefined) return refuse(request, reply, error)
        admitted.set(request, { farewell, release })
        return undefined
      }
    },
    admittedOf: (request: FastifyRequest): Admitted | undefined => admitted.get(request),
  }
}
