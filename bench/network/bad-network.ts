import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface BadNetworkOptions {
  readonly targetPort: number
  /** One way, in milliseconds. */
  readonly delayMs: number
  /** Part of the open connections that breaks each minute, 0 to 1. */
  readonly cutsPerMinute: number
}

export interface BadNetwork {
  readonly port: number
  /** Connections broken so far. */
  cuts(): number
  close(): Promise<void>
}

/** Passes on everything in order, each piece `delayMs` later. */
const delayed = (from: Socket, to: Socket, delayMs: number): void => {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delayMs))
  from.on('close', () => setTimeout(() => to.destroy(), delayMs))
  from.on('error', () => undefined)
}

/** A TCP proxy like a poor mobile network: slow round trips, and connections that break in the middle of a frame, unannounced. */
export const openBadNetwork = async ({
  targetPort,
  delayMs,
  cutsPerMinute,
}: BadNetworkOptions): Promise<BadNetwork> => {
  const open = new Set<{ readonly client: Socket; readonly server: Socket }>()
  let cuts = 0

  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    const link = { client, server }
    open.add(link)
    client.on('close', () => open.delete(link))
    delayed(client, server, delayMs)
    delayed(server, client, delayMs)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  let owed = 0
  const cutSome = (): void => {
    owed += (open.size * cutsPerMinute) / 60
    for (; owed >= 1; owed -= 1) {
      const link = [...open][Math.floor(Math.random() * open.size)]
      if (link === undefined) return
      link.client.destroy()
      link.server.destroy()
      cuts += 1
    }
  }
  const timer = setInterval(cutSome, 1000)

  return {
    port: address.port,
    cuts: () => cuts,
    close: async () => {
      clearInterval(timer)
      for (const { client, server } of open) {
        client.destroy()
        server.destroy()
      }
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
