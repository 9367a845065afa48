import type { AccessEnd, CloseReason } from '@backscroll/protocol/close-codes'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accessTokenOf, deviceHeader, singleHeader } from '../../edge/access-token.ts'
import { requireTake } from '../../edge/limits/limit-buckets.ts'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import type { SocketCaps } from '../../edge/limits/socket-caps.ts'
import { problemAnswer } from '../../edge/problem-answer.ts'
import { protocolErrorOf } from '../../edge/protocol-error.ts'
import { networkOf } from '../../identity/sender-address.ts'
import type { SocketAccess, SocketVerifier } from '../../ports/identity/access.ts'
import { checkUpgrade } from './upgrade-request.ts'

const subprotocol = 'backscroll.v1'
const tokenPrefix = 'bearer.'
const devicePrefix = 'device.'

const offered = (header: string | undefined): readonly string[] => (header ?? '').split(',').map((name) => name.trim())

const offeredWith = (prefix: string, headers: FastifyRequest['headers']): string | undefined => {
  const name = offered(headers['sec-websocket-protocol']).find((protocol) => protocol.startsWith(prefix))
  return name?.slice(prefix.length)
}

/** The device, for tokens that cannot state it: a header, or, for browsers, an additional offered subprotocol. */
const deviceOf = (headers: FastifyRequest['headers']): string | undefined =>
  singleHeader(headers[deviceHeader]) ?? offeredWith(devicePrefix, headers)

/** The token of a handshake [T2]: the Authorization header, or, for browsers, an additional offered subprotocol. */
const tokenOf = (headers: FastifyRequest['headers']): string | undefined =>
  accessTokenOf(headers.authorization) ?? offeredWith(tokenPrefix, headers)

/** Never echoes the token. */
export const chooseSubprotocol = (protocols: ReadonlySet<string>): string | false =>
  protocols.has(subprotocol) ? subprotocol : false

const withoutSubprotocol = new ProtocolError('invalid', `The subprotocol ${subprotocol} must be offered`, {
  details: { field: 'Sec-WebSocket-Protocol', reason: `must offer ${subprotocol}` },
})

export interface HandshakeDeps {
  readonly verifier: SocketVerifier
  readonly accepting: () => boolean
  /** No more handshakes are accepted at present. */
  readonly crowded: () => boolean
  /** Called before a token is verified: thousands may come back at once. */
  readonly turn: () => Promise<void>
  readonly metering: ProcessLimits
}

/** Why a socket is opened: to be served, or only to be told why it is not. */
export type Admitted = {
  /** After the upgrade: an open socket need not hold the answer, and with it the request, that began it. */
  readonly release: () => void
} & ({ readonly access: SocketAccess } | { readonly farewell: CloseReason })

/**
 * A browser does not see why a handshake was refused, and would come back for ever. So the holder of a genuine
 * token is told with a close code, after the upgrade.
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
  // By the address where a stolen token is used, not its owner's.
  requireTake(meter, limits.handshakesOfUser, `${access.userId} ${network}`)
  return access
}

/**
 * A token alone does not count against its user: the socket counts once it has shown the device's key, or at once
 * where there is none.
 */
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

/**
 * The sender is known before there is a socket: until then everything is HTTP, and a refusal is a problem document,
 * the same as REST's.
 */
export const createHandshake = (deps: HandshakeDeps) => {
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  const { sockets } = deps.metering

  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    const known = protocolErrorOf(error)
    if (known === undefined) request.log.error({ err: error }, 'a handshake failed')
    const { status, headers, body } = problemAnswer(known ?? new ProtocolError('internal'), request.id)
    return reply.code(status).headers(headers).send(body)
  }

  return {
    /** An `onRequest` hook: answers 400, 401, 426, 429 or 503 instead of the upgrade. */
    check: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      const release = () => reply.raw.detachSocket(request.socket)
      try {
        const access = await admit(deps, request)
        sockets.check(access.userId, request.ip)
        // From now on, so that many handshakes at the same time do not count as one.
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
