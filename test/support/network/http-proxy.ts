import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers the request itself, or lets it pass by answering nothing. */
export type Intercept = (asked: IncomingMessage, answer: ServerResponse) => Promise<void> | void

/** Between an HTTP client and the server that `target` names; requests pass as they are, signatures too. */
export const openHttpProxy = async (target: string) => {
  const { hostname, port } = new URL(target)
  let intercept: Intercept = () => {}
  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
    const { method, url, headers } = asked
    const passed = request({ host: hostname, port, method, path: url, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    asked.pipe(passed)
  }
  const server = createServer(async (asked, answer) => {
    await intercept(asked, answer)
    if (!answer.writableEnded) pass(asked, answer)
  }).listen(0, '127.0.0.1')
  // An unused connection is never closed.
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    intercept: (with_: Intercept) => {
      intercept = with_
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
