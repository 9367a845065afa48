import { STATUS_CODES } from 'node:http'
import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import { problemAnswer } from '../../edge/problem-answer.ts'

/** Answers on a socket without a request: what is not HTTP, came too slowly, or wants a tunnel. */
export interface BareSocket {
  readonly writable: boolean
  end(text: string): void
  destroy(): void
  /** The answer in progress, if Node has one. */
  readonly _httpMessage?: { readonly headersSent: boolean } | null
}

/** A whole HTTP answer that ends its connection. */
const bareAnswer = (code: ErrorCode, headers: Readonly<Record<string, string>> = {}): string => {
  const { status, body, ...said } = problemAnswer(new ProtocolError(code), 'none')
  const fields = {
    ...said.headers,
    connection: 'close',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n')
}

/** How long a socket stays open for a client that does not take its answer, in milliseconds. */
const farewellMs = 1_000

/** Answers once and closes; in the middle of another answer it only closes. */
export const endWith = (socket: BareSocket, code: ErrorCode, headers?: Readonly<Record<string, string>>): void => {
  if (!socket.writable || socket._httpMessage?.headersSent === true) return socket.destroy()
  socket.end(bareAnswer(code, headers))
  // The client may never close its side.
  setTimeout(() => socket.destroy(), farewellMs).unref()
}
