import { connect, type Socket } from 'node:net'
import type { KafkaConfig } from 'kafkajs'

type SocketFactory = NonNullable<KafkaConfig['socketFactory']>

/** Stands between one client and everything that it connects to. */
export interface OutageGate {
  readonly socketFactory: SocketFactory
  /** Resets all connections. */
  cut(): void
  /** Resets all connections and refuses new ones. */
  down(): void
  /** Takes what is sent and lets nothing through, on the connections there are and on new ones. */
  freeze(): void
  /** As if nothing had been, for new connections. */
  heal(): void
}

/** No server listens here. */
const deadPort = 1

export const createOutageGate = (): OutageGate => {
  const sockets = new Set<Socket>()
  let state: 'open' | 'down' | 'frozen' = 'open'

  const silence = (socket: Socket): void => {
    socket.pause()
    socket.write = () => true
  }
  const cut = (): void => {
    for (const socket of sockets) socket.destroy(new Error('read ECONNRESET'))
  }

  return {
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect(state === 'down' ? deadPort : port, host, () => {
        onConnect()
        if (state === 'frozen') silence(socket)
      })
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    cut,
    down: () => {
      state = 'down'
      cut()
    },
    freeze: () => {
      state = 'frozen'
      for (const socket of sockets) silence(socket)
    },
    heal: () => {
      state = 'open'
      cut()
    },
  }
}
