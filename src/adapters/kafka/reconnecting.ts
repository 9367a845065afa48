import { setTimeout as sleep } from 'node:timers/promises'

interface Connectable {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

/** A client that is replaced after a failure. */
export interface Reconnecting<Client> {
  /** Connects when it is first needed. */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  /** Ends within three seconds. */
  close(): Promise<void>
}

const patienceMs = 3_000

/** Does not wait for a broker that does not answer. */
const disconnect = async (client: Connectable): Promise<void> => {
  await Promise.race([client.disconnect().catch(() => undefined), sleep(patienceMs)])
}

/**
 * kafkajs keeps using a connection on which nothing is answered, for as long as the operating system considers it
 * open.
 */
export const reconnecting = <Client extends Connectable>(create: () => Client): Reconnecting<Client> => {
  let current: { readonly client: Client; readonly connected: Promise<void> } | undefined

  const begin = () => {
    const client = create()
    current = { client, connected: client.connect() }
    return current
  }

  return {
    use: async (work) => {
      const own = current ?? begin()
      try {
        await own.connected
        return await work(own.client)
      } catch (error) {
        if (current === own) current = undefined
        void disconnect(own.client)
        throw error
      }
    },
    close: async () => {
      const last = current
      current = undefined
      if (last !== undefined) await disconnect(last.client)
    },
  }
}
