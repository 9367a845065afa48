import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'

/** The part of the Kafka client that a patch of ours mends. It has no types. */
interface Connection {
  readonly socket: Socket
  connect(): Promise<unknown>
  send(request: object): Promise<unknown>
  disconnect(): Promise<unknown>
}

const require = createRequire(import.meta.url)
const Connection: new (options: object) => Connection = require('kafkajs/src/network/connection.js')
const createSocketFactory: () => object = require('kafkajs/src/network/socketFactory.js')
const apiVersions: {
  protocol(options: { version: number }): () => object
} = require('kafkajs/src/protocol/requests/apiVersions/index.js')

const silent = { namespace: () => silent, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const frame = (body: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** Answers a request with: no error, no versions. */
const answer = (request: Buffer): Buffer => {
  const body = Buffer.alloc(10)
  // After the request's size, key and version.
  body.writeInt32BE(request.readInt32BE(8))
  return frame(body)
}

it('an answer that a broken connection left unfinished does not mix with those of the next one', async () => {
  const accepted: Socket[] = []
  const server = createServer((socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    if (accepted.length > 1) socket.on('data', (request: Buffer) => void socket.write(answer(request)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const connection = new Connection({
    ...{ host: '127.0.0.1', port, clientId: 'test', logger: silent },
    ...{ connectionTimeout: 5_000, requestTimeout: 5_000, enforceRequestTimeout: false },
    socketFactory: createSocketFactory(),
  })

  await connection.connect()
  const closed = once(connection.socket, 'close')
  accepted[0]?.write(frame(Buffer.alloc(20)).subarray(0, 10))
  await once(connection.socket, 'data')
  accepted[0]?.destroy()
  await closed

  await connection.connect()
  expect(await connection.send(apiVersions.protocol({ version: 0 })())).toMatchObject({ errorCode: 0, apiVersions: [] })
  await connection.disconnect()
  server.close()
})
