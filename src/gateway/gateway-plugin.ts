import { type CloseReason, closeCodes } from '@backscroll/protocol/close-codes'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { Gateway } from './gateway.ts'
import { chooseSubprotocol, createHandshake } from './handshake/handshake.ts'
import { createOpenHandshakes } from './handshake/open-handshakes.ts'
import type { SessionState } from './sessions/session-state.ts'

export interface GatewayPluginOptions {
  readonly gateway: Gateway
}

/** The code that was sent, or the one that came. */
const codeOf = (state: SessionState, code: number): number =>
  state.name === 'closing' ? closeCodes[state.reason] : code

/** How long the other side has to close, milliseconds. */
const farewellMs = 1_000

const sayFarewell = (ws: WebSocket, reason: CloseReason): void => {
  ws.close(closeCodes[reason], reason)
  setTimeout(() => ws.terminate(), farewellMs).unref()
}

/** `GET /ws` [T1]: the socket shell around the gateway. */
export const gatewayPlugin = async (app: FastifyInstance, { gateway }: GatewayPluginOptions): Promise<void> => {
  const { limits, sockets } = gateway.metering
  const open = createOpenHandshakes(gateway.config.connectTimeoutMs)
  const handshake = createHandshake({ ...gateway, crowded: () => open.count > limits.handshakes })
  app.server.on('upgrade', (_request, socket) => open.begin(socket))
  app.addHook('preClose', async () => {
    open.close()
    sockets.close()
  })
  const failed = (error: Error): void => app.log.debug({ err: error }, 'a socket failed')

  await app.register(websocket, {
    options: {
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: gateway.config.maxFrameBytes,
      handleProtocols: chooseSubprotocol,
    },
    /** `ws` has closed the socket already, with the code that says why; the server did nothing wrong. */
    errorHandler: (error) => failed(error),
    /** Sockets are sent away by `drain`, before the server closes. */
    preClose: (done) => done(),
  })

  const serve = (ws: WebSocket, request: FastifyRequest): void => {
    const admitted = handshake.admittedOf(request)
    /** This cannot happen: the hook ran before the upgrade. */
    if (admitted === undefined) throw new Error('a socket without an access')
    open.done(request.socket)
    // The plugin's own listener would hold the request for as long as the socket is open.
    ws.removeAllListeners('error').on('error', failed)
    admitted.release()
    if ('farewell' in admitted) return sayFarewell(ws, admitted.farewell)
    const session = gateway.open(ws, request.socket, admitted.access)
    ws.on('message', (data, isBinary) => gateway.receive(session, data, isBinary))
    ws.on('ping', (data) => gateway.control(session) && ws.pong(data))
    ws.on('pong', () => gateway.control(session) && gateway.pong(session))
    ws.on('close', (code) => gateway.closed(session, codeOf(session.state, code)))
  }

  app.get('/ws', { websocket: true, onRequest: handshake.check }, serve)
}
