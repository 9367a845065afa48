import { EventStoreDBClient } from '@eventstore/db-client'
import { LogError } from '../../../ports/errors/log-error.ts'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { reasonOf } from './failures.ts'

export interface Connection {
  readonly client: EventStoreDBClient
  /** The client that appends to a stream, always the same one. */
  appending(stream: string): EventStoreDBClient
  /** Where the server is, without credentials. */
  readonly address: string
  /** Never rejects, ends within a second. */
  close(): Promise<void>
}

const form = /^esdb(?:\+discover)?:\/\/(?:[^@/]*@)?([^/?]+)/

const closeMs = 1000

/**
 * A client sends its appends over one call, and a call passes on one message in a turn of the event loop: with much
 * else to do in the process that is some hundred a second, whatever the server could take. So appends go over several.
 */
const appendClients = 16

const open = (connectionString: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(connectionString)
  } catch {
    // The client's own error shows the string with its password.
    throw new OperatorError(
      'BACKSCROLL_KURRENTDB_URL is no connection string, as esdb://user:password@host:2113?tls=true is',
    )
  }
}

/** The client leaves its connection open when it is disposed of. */
const closeChannel = async (client: EventStoreDBClient): Promise<void> => {
  const getChannel: unknown = Reflect.get(client, 'getChannel')
  if (typeof getChannel === 'function') (await getChannel()).close()
}

/** Any one that spreads streams evenly. */
const numberOf = (stream: string): number => {
  let sum = 0
  for (let at = 0; at < stream.length; at += 1) sum = (sum * 31 + stream.charCodeAt(at)) | 0
  return sum >>> 0
}

/** Does not reach the server yet. Throws `OperatorError` for what is no connection string. One at a time in a process. */
const connect = (connectionString: string): Connection => {
  const client = open(connectionString)
  const clients = new Map([[0, client]])
  const clientAt = (number: number): EventStoreDBClient => {
    const one = clients.get(number) ?? open(connectionString)
    clients.set(number, one)
    return one
  }
  return {
    client,
    appending: (stream) => clientAt(numberOf(stream) % appendClients),
    address: form.exec(connectionString)?.[1] ?? '',
    async close() {
      const closing = Promise.all([...clients.values()].map((one) => one.dispose().then(() => closeChannel(one))))
      const timer = Promise.withResolvers<void>()
      const timeout = setTimeout(timer.resolve, closeMs)
      await Promise.race([closing.catch(() => {}), timer.promise])
      clearTimeout(timeout)
    },
  }
}

/**
 * What `use` makes of a new connection, which it closes in the end by itself. When it fails, the connection is closed,
 * and what kept the server from being used is an `OperatorError`.
 */
export const connected = async <Result>(
  connectionString: string,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> => {
  const connection = connect(connectionString)
  try {
    return await use(connection)
  } catch (error) {
    await connection.close()
    if (!(error instanceof LogError)) throw error
    throw new OperatorError(`BACKSCROLL_KURRENTDB_URL: ${connection.address} cannot be used: ${reasonOf(error)}`)
  }
}
