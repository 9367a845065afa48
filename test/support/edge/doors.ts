import { WebSocket } from 'ws'
import { z } from 'zod'
import type { ServerProcess } from '../server/process.ts'
import { callerOf } from '../server/rest.ts'
import { openSocket } from '../server/socket.ts'

/** What came of a command: its error and what is wrong, or its result without what no two conversations share. */
export type Outcome =
  | { readonly code: string; readonly details?: unknown }
  | { readonly result: Readonly<Record<string, unknown>> }

/** A way in for the commands that both REST and the socket take. */
export interface Door {
  readonly name: 'REST' | 'socket'
  sendMessage(body: object): Promise<Outcome>
  acknowledge(conversationId: string, body: object): Promise<Outcome>
  close(): void
}

const comparable = (result: Readonly<Record<string, unknown>>): Outcome => {
  const { conversationId: _, position: __, acceptedAt: ___, ...rest } = result
  return { result: rest }
}

/** REST also says in which part of the request it is. */
const refused = (code: string, details: Readonly<Record<string, unknown>> = {}): Outcome => {
  const { in: _, ...rest } = details
  return Object.keys(rest).length === 0 ? { code } : { code, details: rest }
}

/** REST repeats what it was asked, and a frame knows what it asked. */
const accepted = (outcome: Outcome): Outcome => ('code' in outcome ? outcome : { result: {} })

export const restDoor = (server: ServerProcess, token: string): Door => {
  const call = callerOf(server.url, token)
  const outcome = async (path: string, body: object): Promise<Outcome> => {
    const { status, json } = await call('POST', path, body)
    return status < 300 ? comparable(json ?? {}) : refused(json.code, json.details)
  }
  return {
    name: 'REST',
    sendMessage: (body) => outcome('/messages', body),
    acknowledge: (conversationId, body) => outcome(`/conversations/${conversationId}/ack`, body).then(accepted),
    close: () => {},
  }
}

export const socketDoor = async (server: ServerProcess, token: string, device: string): Promise<Door> => {
  const socket = await openSocket(server.socketUrl, token, device)
  await socket.connect()
  const outcome = async (frame: object): Promise<Outcome> => {
    const answer = await socket.ask(frame)
    if (answer === undefined) throw new Error(`the socket closed with ${await socket.closed()}`)
    return answer.type === 'error'
      ? refused(answer.code, answer.details)
      : comparable(z.record(z.string(), z.unknown()).parse(answer.result))
  }
  return {
    name: 'socket',
    sendMessage: (body) => outcome({ ...body, type: 'send_message' }),
    acknowledge: (conversationId, body) => outcome({ ...body, conversationId, type: 'message_ack' }).then(accepted),
    close: socket.drop,
  }
}

/** How a door answers a request with this header: its status, what its headers say, and its problem document. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string | null | undefined>>
  readonly problem: Readonly<Record<string, unknown>> | undefined
}

const told = ['content-type', 'www-authenticate', 'retry-after'] as const

const refusalOf = (status: number, header: (name: string) => string | null | undefined, text: string): Refusal => {
  if (status < 300) return { status: 200, headers: {}, problem: undefined }
  const { requestId: _, ...problem } = JSON.parse(text)
  return { status, headers: Object.fromEntries(told.map((name) => [name, header(name) ?? null])), problem }
}

export const requestWith = async (server: ServerProcess, headers: Record<string, string>): Promise<Refusal> => {
  const response = await fetch(`${server.url}/me`, { headers })
  return refusalOf(response.status, (name) => response.headers.get(name), await response.text())
}

/** 200 stands for a socket. */
export const handshakeWith = (server: ServerProcess, headers: Record<string, string>): Promise<Refusal> =>
  new Promise((resolve) => {
    const ws = new WebSocket(server.socketUrl, ['backscroll.v1'], { headers })
    ws.on('error', () => {})
    ws.on('open', () => {
      ws.terminate()
      resolve(refusalOf(200, () => null, ''))
    })
    ws.on('unexpected-response', async (_request, response) => {
      const parts = await response.toArray()
      const header = (name: string) => String(response.headers[name] ?? '') || null
      resolve(refusalOf(response.statusCode ?? 0, header, Buffer.concat(parts).toString()))
    })
  })
