import { createServer } from 'node:http'
import { Worker } from 'node:worker_threads'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

/**
 * The floor: the least that a durable relay can do. It parses a frame, commits it in a group with all others that wait, forwards it to
 * its receiver and acknowledges it to its sender. No authentication, no validation, no order, no views, no receipts.
 */
const [directory = '.', port = '0'] = process.argv.slice(2)
const worker = new Worker(new URL('./commit-worker.ts', import.meta.url), { workerData: { directory } })

interface Send {
  readonly from: string
  readonly socket: WebSocket
  readonly id: number
  readonly to: string
  readonly payload: string
}

const sockets = new Map<string, WebSocket>()
let waiting: Send[] = []
let inFlight: Send[] = []

const commit = (): void => {
  if (inFlight.length > 0 || waiting.length === 0) return
  inFlight = waiting
  waiting = []
  const columns: string[] = []
  for (const { from, to, payload } of inFlight) columns.push(from, to, payload)
  worker.postMessage(columns)
}

const relay = ({ from, socket, id, to, payload }: Send): void => {
  sockets.get(to)?.send(JSON.stringify({ type: 'message', from, id, payload }))
  socket.send(JSON.stringify({ type: 'ack', id }))
}

worker.on('message', () => {
  const committed = inFlight
  inFlight = []
  commit()
  for (const send of committed) relay(send)
})

const accept = (socket: WebSocket, user: string): void => {
  sockets.set(user, socket)
  socket.on('message', (frame: RawData) => {
    const { to, id, payload } = JSON.parse(String(frame))
    waiting.push({ from: user, socket, id, to, payload })
    if (inFlight.length === 0 && waiting.length === 1) setImmediate(commit)
  })
  socket.on('close', () => sockets.delete(user))
}

const http = createServer((_, response) => response.end())
const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false })
server.on('connection', (socket, request) => accept(socket, request.url?.slice(1) ?? ''))
http.listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
